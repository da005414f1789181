import { parseArgs } from 'node:util'
import { stringifyJson } from '@lineside/contract'
import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import { checkReport } from './report.ts'
import { refusalOfBuffer } from './refusal-of-buffer.ts'
import { machineWarnings } from './machine.ts'
import { checkLive, type LiveChecked, liveStatus, liveText } from './live.ts'
import { type Command, type CommandIo, RefusedError, UsageError } from '../command.ts'
import { findConfig } from '../running-agent/config-path.ts'
import { durationFlag } from '../terminal/flags.ts'

const help = `usage: lineside check [FILE] [--live [--wait TIME]] [--json]

Reads the configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml) with all that it includes and all
profiles that it names, and prints everything that is wrong with file, line and column, and what would run. For each
Modbus line it computes how much of its time the polls take, from baud rate, frame lengths, silences and intervals, and
says what would help where that is too much. What it can't know it assumes, and says so; lineside bus shows what was
measured.

Where the buffer holds unsent batches of a gateway of another name, the agent would not start: it says so, and the way
out. It ends with what to beware of on this machine: secrets that others may read, a folder that can't be used, links to
one address.

  --live       also reads each device once, through the running agent where one runs, else
               on connections of its own, and prints how many of its points have a value; what
               devices say over MQTT is listened to as a guest of the broker, next to the agent;
               what they say to the embedded broker is heard only while the agent runs
  --wait TIME  how long to listen to a device that speaks by itself (default 10s)
  --json       machine-readable

exit status: 0 no problems, and with --live every point has a value; 1 problems, or points without a value, or a
device that can't be reached; 2 wrong usage; 3 no problems, but a line can't keep its intervals (the agent runs all
the same); 4 with --live: nothing is wrong, but devices that speak by themselves said nothing yet or not everything,
or can't be read without the agent
`

const usualWait = '10s'

export const checkCommand: Command = {
  name: 'check',
  summary: 'Print everything that is wrong with the configuration, and what would run',
  help,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { live: { type: 'boolean' }, wait: { type: 'string' }, json: { type: 'boolean' } },
    })
    const { live: isLive = false, json = false } = values
    if (positionals.length > 1) throw new UsageError(`one file at a time, not ${positionals.join(' ')}`)
    if (values.wait !== undefined && !isLive) throw new UsageError('--wait belongs to --live')
    const waitMs = durationFlag('--wait', values.wait ?? usualWait, 100, 600_000)
    const found = findConfig(positionals[0], io)
    if (!found.ok) throw new RefusedError(found.text)
    const configIo = nodeConfigIo(io.env)
    const secretFiles = new Set<string>()
    const noting = (path: string) => {
      secretFiles.add(path)
      return configIo.file(path)
    }
    const loaded = loadConfig(found.path, { ...configIo, file: noting })
    const refusal = loaded.config && refusalOfBuffer(loaded.config)
    const report = checkReport(loaded, io.cwd, refusal)
    const warnings = loaded.config ? await machineWarnings(loaded.config, secretFiles) : []
    if (!json) io.out(report.text + warnings.map(text => `beware: ${text}\n`).join(''))
    const live = isLive && loaded.config ? await checkLive(loaded.config, waitMs, io) : undefined
    if (json) {
      const devices = live?.ok === true ? { live: live.devices } : {}
      const refused = refusal === undefined ? {} : { refusal }
      io.out(
        `${stringifyJson({ ok: report.exitCode !== 1, problems: loaded.problems, ...refused, warnings, lines: report.loads, ...devices })}\n`,
      )
    } else if (live?.ok === true) io.out(`\n${liveText(live.devices)}`)
    const liveCode = isLive ? liveExit(live, io) : 0
    return liveCode === 1 ? 1 : report.exitCode || liveCode
  },
}

function liveExit(live: LiveChecked | undefined, io: CommandIo): 0 | 1 | 4 {
  if (!live) io.err('lineside check: no device was read; mend what is above first\n')
  else if (!live.ok) io.err(`lineside check: ${live.text}\n`)
  else if (live.isInterrupted) io.err('lineside check: ended early\n')
  return live?.ok === true && !live.isInterrupted ? liveStatus(live.devices) : 1
}
