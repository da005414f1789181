import { didYouMean } from '@lineside/settings'
import type { Command, CommandIo } from './command.ts'

/** Runs what the command line says. Gives the exit status. */
export async function dispatch(argv: readonly string[], commands: readonly Command[], io: CommandIo): Promise<number> {
  const [word, ...args] = argv
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    const about = commands.find(command => command.name === args[0])
    io.out(about?.help ?? overview(commands))
    return word === undefined ? 2 : 0
  }
  const name = word === '--version' || word === '-v' ? 'version' : word
  const command = commands.find(candidate => candidate.name === name)
  if (!command) {
    const names = commands.map(candidate => candidate.name)
    const meant = didYouMean(word, names)
    io.err(
      `lineside: there is no command ${word}; ${meant === undefined ? `use ${names.join(', ')}` : `did you mean ${meant}?`}\n`,
    )
    return 2
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.out(command.help)
    return 0
  }
  try {
    return await command.run(args, io)
  } catch (error) {
    if (!isUsageError(error)) throw error
    const [reason = ''] = error.message.split('. ')
    io.err(`lineside ${command.name}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}\n\n${command.help}`)
    return 2
  }
}

/** What node:util's parseArgs throws for an option that isn't there or lacks its value. */
function isUsageError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(command => command.name.length))
  const lines = commands.map(command => `  ${command.name.padEnd(width)}  ${command.summary}`)
  return `usage: lineside COMMAND [...]

Reads devices as their profiles say, watches the readings, and forwards them.

${lines.join('\n')}

lineside COMMAND --help tells more of one command. Start with: lineside check, then lineside run.
`
}
