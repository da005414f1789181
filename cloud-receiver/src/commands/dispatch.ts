import { mistyped, unknownCommand, wrongUsage } from '@lineside/settings'
import { ReceiverError } from '../error.ts'
import { UsageError } from './command.ts'
import type { Command, CommandIo } from './command.ts'

const program = 'lineside-receiver'

/** Runs what the command line says; gives the exit status. */
export async function dispatch(argv: readonly string[], commands: readonly Command[], io: CommandIo): Promise<number> {
  const [word, ...args] = argv
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    const [named] = args
    const about = commands.find(({ name }) => name === named)
    if (named !== undefined && !named.startsWith('-') && about === undefined) return refuse(named, commands, io)
    io.out(about?.help ?? overview(commands))
    return word === undefined ? 2 : 0
  }
  const name = word === '--version' || word === '-v' ? 'version' : word
  const command = commands.find(candidate => candidate.name === name)
  if (command === undefined) return refuse(word, commands, io)
  if (args.includes('--help') || args.includes('-h')) {
    io.out(command.help)
    return 0
  }
  try {
    return await command.run(args, io)
  } catch (error) {
    const reason = error instanceof UsageError ? error.message : mistyped(error, command.help)
    if (reason !== undefined) {
      io.err(wrongUsage(`${program} ${name}`, reason, command.help))
      return 2
    }
    if (!(error instanceof ReceiverError)) throw error
    io.err(`${program} ${name}: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}\n`)
    return 1
  }
}

function refuse(word: string, commands: readonly Command[], io: CommandIo): number {
  const names = commands.map(({ name }) => name)
  io.err(unknownCommand(program, word, names))
  return 2
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `usage: ${program} COMMAND [...]

Takes what the gateways send, stores each reading exactly once, and writes the archive.

${lines.join('\n')}

${program} COMMAND --help tells more of one command.
Start with: ${program} gateway add NAME, then ${program} run.
`
}
