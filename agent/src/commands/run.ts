import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { logShape, logWriter } from '@lineside/contract'
import { formatProblem } from '@lineside/settings'
import { pino } from 'pino'
import { type Agent, startAgent } from '../agent.ts'
import { machineClock } from '../clock/machine-clock.ts'
import { machineTimeService } from '../clock/time-service.ts'
import { loadConfig } from '../config/load.ts'
import { nodeConfigIo } from '../config/node-io.ts'
import { formatAlarmLine } from '../hmi/alarm-line.ts'
import { type Command, type CommandIo, RefusedError, UsageError } from './command.ts'
import { findConfig } from './running-agent/config-path.ts'
import { version } from './version.ts'

const help = `usage: lineside run [FILE]

Runs the agent as the configuration says (default: ./lineside.yaml, else /etc/lineside/lineside.yaml). Alarms go to
standard output, the log to standard error: lines for people on a terminal, JSON elsewhere. A device or profile that
is wrong is left out and reported; the others run.

SIGTERM, Ctrl-C or the end of its terminal stops the polls, commits, sends what waits for at most 15 s, and ends; a
second SIGTERM or Ctrl-C ends at once.

exit status: 0 ended as asked, 1 the configuration is wrong or the start failed, 2 wrong usage
`

export const runCommand: Command = {
  name: 'run',
  summary: 'Run the agent',
  help,
  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
    if (positionals.length > 1) throw new UsageError(`one file at a time, not ${positionals.join(' ')}`)
    const found = findConfig(positionals[0], io)
    if (!found.ok) throw new RefusedError(found.text)
    const { config, problems, broken } = loadConfig(found.path, nodeConfigIo(io.env))
    for (const problem of problems) io.err(`${formatProblem(problem)}\n`)
    if (!config) throw new RefusedError('not started; mend the lines above')
    const log = pino(logShape, logWriter({ write: io.err, isTerminal: process.stderr.isTTY }))
    const asked = askedToStop(io)
    let agent: Agent
    try {
      agent = await startAgent({
        config,
        version,
        broken: broken.map(({ device, problems: wrong }) => ({ device, reason: wrong.map(formatProblem).join('; ') })),
        clock: machineClock,
        timeService: machineTimeService,
        random: Math.random,
        newId: randomUUID,
        log,
        commitJournal: io.env['LINESIDE_COMMIT_JOURNAL'],
        onAlarm: entry => io.out(`${formatAlarmLine(entry)}\n`),
      })
    } catch (error) {
      io.err(`lineside run: ${explain(error, config.storage.path)}\n`)
      return 1
    }
    log.info({ gateway: config.gateway, version, devices: config.devices.size }, 'started')
    await asked
    log.info('stopping; asked once more it ends at once')
    const figures = await agent.stop()
    log.info(figures, 'stopped')
    return 0
  },
}

/** What went wrong at the start, where, and what to do about it. */
function explain(error: unknown, storagePath: string): string {
  if (!(error instanceof Error)) return String(error)
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
  if ('code' in error && String(error.code).startsWith('SQLITE_')) {
    return `buffer folder ${storagePath}: ${error.message}; make room there, or name another folder under storage.path`
  }
  return hint === undefined ? error.message : `${error.message}; ${hint}`
}

/**
 * Resolves at the first SIGTERM, SIGINT or SIGHUP; the second one ends the process where it stands, but for SIGHUP, which a
 * terminal that is closed may send twice.
 */
function askedToStop(io: CommandIo): Promise<void> {
  return new Promise(resolve => {
    let count = 0
    const onSignal = () => {
      if (count++ > 0) {
        io.err('lineside run: ended at once\n')
        process.exit(1)
      }
      resolve()
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    process.on('SIGHUP', () => resolve())
  })
}
