import type { BufferArgs } from './arguments.ts'
import { parseArgs } from 'node:util'
import { BufferError } from '../../buffer/error.ts'
import { damageOf } from '../../buffer/file/damage.ts'
import { BufferReader } from '../../buffer/reading/reader.ts'
import { exportBatches } from './export.ts'
import { quarantineVerb } from './quarantine.ts'
import { runningAgent, showStatus } from './status.ts'
import { showVerified } from './verify.ts'
import { type Command, type CommandIo, RefusedError, UsageError } from '../command.ts'
import { storageOf } from '../running-agent/running-agent.ts'

const help = `usage: lineside buffer status [--json] [--config FILE]
       lineside buffer export [--format csv|ndjson|parquet] [--output FILE] [--device NAME] [--quarantine]
                              [--config FILE]
       lineside buffer verify [--json] [--config FILE]
       lineside buffer quarantine [list | release NUMBER… | release all] [--json] [--config FILE]

Looks at what waits in the buffer for the cloud, also while the agent runs; only release changes something.

status   what waits, since when, how long the room lasts at the rate of the newest readings, and what goes first then;
         whether the disk refuses it, where the agent runs
export   everything that waits: readings as CSV or Parquet (the archive's columns), or every entry as a line of JSON
verify   proves that every batch that should wait is there, whole, and under its own number
quarantine  what the receiver rejected twice, or what is damaged; release sends it again under new names, by the
         running agent, where a receipt rejected it: what the receiver may have would arrive twice

  --format F     csv, ndjson or parquet (default: what the name of --output ends in, else ndjson)
  --output FILE  where to write (default: standard output); a file that is there is not replaced
  --device NAME  entries of this device only
  --quarantine   export what is in quarantine, in place of what waits
  --json         machine-readable
  --config FILE  the agent's configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml)

exit status: 0 done, and verify found nothing wrong; 1 no buffer, not readable, or verify found something; 2 wrong usage
`

const verbs = {
  status: showStatus,
  export: exportBatches,
  verify: showVerified,
  quarantine: quarantineVerb,
} as const satisfies Readonly<Record<string, (args: BufferArgs, io: CommandIo) => number | Promise<number>>>

export const bufferCommand: Command = {
  name: 'buffer',
  summary: 'Show, export, verify or release what waits for the cloud',
  help,
  async run(given, io) {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        format: { type: 'string' },
        output: { type: 'string' },
        device: { type: 'string' },
        quarantine: { type: 'boolean' },
        config: { type: 'string' },
      },
    })
    const [word = 'status', ...more] = positionals
    const verb = Object.entries(verbs).find(([name]) => name === word)?.[1]
    if (!verb || (more.length > 0 && verb !== quarantineVerb)) {
      throw new UsageError('write lineside buffer status, export, verify or quarantine')
    }
    const { configPath, storagePath } = storageOf(values.config, io)
    const { json = false, format, output, device, quarantine = false } = values
    try {
      using reader = new BufferReader(storagePath)
      return await verb({ reader, configPath, storagePath, words: more, json, format, output, device, quarantine }, io)
    } catch (error) {
      const damage = damageOf(error)
      if (damage !== undefined) throw new RefusedError(`${damage}; the agent heals it at its next start`)
      if (!(error instanceof BufferError)) throw error
      const text = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`
      const failing = (await runningAgent(storagePath))?.failing
      throw new RefusedError(
        failing === undefined ? text : `${text}; the running agent keeps readings in memory: ${failing}`,
      )
    }
  },
}
