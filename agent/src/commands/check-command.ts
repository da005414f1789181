import { parseArgs } from 'node:util'
import { loadConfig } from '../config/load.ts'
import { nodeConfigIo } from '../config/node-io.ts'
import { checkReport } from './check.ts'
import type { Command } from './command.ts'
import { findConfig } from './config-path.ts'

const help = `usage: lineside check [FILE]

Reads the configuration (default: ./lineside.yaml, else /etc/lineside/lineside.yaml) with all that it includes and all
profiles that it names, and prints everything that is wrong with file, line and column, and what would run.

exit status: 0 no problems, 1 problems, 2 wrong usage
`

export const checkCommand: Command = {
  name: 'check',
  summary: 'Print everything that is wrong with the configuration, and what would run',
  help,
  run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
    if (positionals.length > 1) {
      io.err(`lineside check: one file at a time, not ${positionals.join(' ')}\n`)
      return Promise.resolve(2)
    }
    const config = findConfig(positionals[0], io)
    if (!config.ok) {
      io.err(`lineside check: ${config.text}\n`)
      return Promise.resolve(1)
    }
    const { text, exitCode } = checkReport(loadConfig(config.path, nodeConfigIo(io.env)), io.cwd)
    io.out(text)
    return Promise.resolve(exitCode)
  },
}
