import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { logShape, logWriter, systemClock } from '@lineside/contract'
import { startReceiver } from '../receiver.ts'
import type { Command, CommandIo } from './command.ts'
import { UsageError } from './command.ts'
import { loadConfig } from './config-file.ts'
import { shortDisk } from './short-disk.ts'

export const runCommand: Command = {
  name: 'run',
  summary: 'Run the receiver until SIGTERM',
  help: `usage: lineside-receiver run [FILE]

Runs the receiver as FILE says, else ./receiver.yaml, else with the defaults: an embedded log in ./receiver-data,
the archive in ./archive, on http://127.0.0.1:8443.

SIGTERM, Ctrl-C or the end of its terminal stops it: it accepts nothing more, finishes what is under way, brings the
archive to the end of the log and ends with status 0. A second SIGTERM or Ctrl-C ends it at once; nothing that was
acknowledged is lost by that.

The log goes to standard error: lines for people on a terminal, JSON elsewhere. LINESIDE_LOG_LEVEL=debug|info|warn|error
sets how much of it; info unless told.
`,
  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
    if (positionals.length > 1) throw new UsageError(`one file at a time, not ${positionals.join(' ')}`)
    const loaded = loadConfig(positionals[0])
    if (!loaded.ok) {
      io.err(`${[...loaded.lines, 'lineside-receiver run: not started; mend the lines above'].join('\n')}\n`)
      return 1
    }
    const { config } = loaded
    const level = process.env['LINESIDE_LOG_LEVEL'] ?? 'info'
    const target = logWriter({ write: io.err, isTerminal: process.stderr.isTTY })
    const logger = pino({ ...logShape, level: level in pino.levels.values ? level : 'info' }, target)

    const short = shortDisk(config)
    if (short !== undefined) logger.warn(short)

    const signal = nextSignal(io)
    const receiver = await startReceiver(config, systemClock, logger)
    io.out(`listening on ${receiver.url}\n`)
    const ended = await Promise.race([signal.received, receiver.failed])
    if (ended instanceof Error) {
      logger.fatal({ err: ended }, 'the log can not go on')
      await receiver.stop().catch(() => undefined)
      return 1
    }
    logger.info({ signal: ended }, 'stopping')
    await receiver.stop()
    signal.forget()
    logger.info('stopped')
    return 0
  },
}

/**
 * The first SIGTERM, SIGINT or SIGHUP; the second one ends the process where it is, but for SIGHUP, which a terminal that is
 * closed may send twice.
 */
function nextSignal(io: CommandIo): { readonly received: Promise<NodeJS.Signals>; forget(): void } {
  const first = Promise.withResolvers<NodeJS.Signals>()
  let count = 0
  const onSignal = (signal: NodeJS.Signals) => {
    if (++count > 1) {
      io.err('lineside-receiver run: ended at once\n')
      process.exit(1)
    }
    first.resolve(signal)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  process.on('SIGHUP', first.resolve)
  return {
    received: first.promise,
    forget() {
      process.off('SIGTERM', onSignal)
      process.off('SIGINT', onSignal)
      process.off('SIGHUP', first.resolve)
    },
  }
}
