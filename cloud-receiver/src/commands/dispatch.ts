import { didYouMean } from '@lineside/settings'
import { ReceiverError } from '../error.ts'
import { UsageError } from './command.ts'
import type { Command, CommandIo } from './command.ts'

const program = 'lineside-receiver'

/** Runs what the command line says; gives the exit status. */
export async function dispatch(argv: readonly string[], commands: readonly Command[], io: CommandIo): Promise<number> {
  const [word, ...args] = argv
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    const about = commands.find(({ name }) => name === args[0])
    io.out(about?.help ?? overview(commands))
    return word === undefined ? 2 : 0
  }
  const name = word === '--version' || word === '-v' ? 'version' : word
  const command = commands.find(candidate => candidate.name === name)
  if (command === undefined) {
    const names = commands.map(candidate => candidate.name)
    const meant = didYouMean(word, names)
    const fix = meant === undefined ? `use ${names.join(', ')}` : `did you mean ${meant}?`
    io.err(`${program}: there is no command ${word}; ${fix}\n`)
    return 2
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.out(command.help)
    return 0
  }
  try {
    return await command.run(args, io)
  } catch (error) {
    if (isParseError(error)) {
      io.err(`${program} ${name}: ${error.message}\n\n${command.help}`)
      return 2
    }
    if (error instanceof UsageError) {
      io.err(`${program} ${name}: ${error.message}\n`)
      return 2
    }
    if (!(error instanceof ReceiverError)) throw error
    io.err(`${program} ${name}: ${error.message}${error.hint === undefined ? '' : `; ${error.hint}`}\n`)
    return 1
  }
}

/** What node:util's parseArgs throws for an option that isn't there or lacks its value. */
function isParseError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
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
