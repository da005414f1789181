import { mistyped, unknownCommand, wrongUsage } from '@lineside/settings'
import { type Command, type CommandIo, type CommandTable, RefusedError, UsageError } from './command.ts'

/** Runs what the command line says. Gives the exit status. */
export async function dispatch(argv: readonly string[], commands: CommandTable, io: CommandIo): Promise<number> {
  const [word, ...args] = argv
  if (word === undefined || word === '--help' || word === '-h' || word === 'help') {
    const [name] = args
    const about = name === undefined ? undefined : await load(name, commands)
    if (name !== undefined && !name.startsWith('-') && about === undefined) return refuse(name, commands, io)
    io.out(about?.help ?? (await overview(commands)))
    return word === undefined ? 2 : 0
  }
  const command = await load(word === '--version' || word === '-v' ? 'version' : word, commands)
  if (!command) return refuse(word, commands, io)
  if (args.includes('--help') || args.includes('-h')) {
    io.out(command.help)
    return 0
  }
  const [spoken, own] = listened(io)
  try {
    return await command.run(args, own)
  } catch (error) {
    if (error instanceof RefusedError) {
      io.err(`lineside ${command.name}: ${error.message}\n`)
      // A program that reads standard output finds one answer there, whatever comes.
      if (args.includes('--json') && !spoken()) io.out(`${JSON.stringify({ error: error.message })}\n`)
      return 1
    }
    const reason = error instanceof UsageError ? error.message : mistyped(error, command.help)
    if (reason === undefined) throw error
    io.err(wrongUsage(`lineside ${command.name}`, reason, command.help))
    return 2
  }
}

/** Tells whether anything was written to standard output. */
function listened(io: CommandIo): readonly [spoken: () => boolean, io: CommandIo] {
  let isSpoken = false
  const out = (text: string) => {
    isSpoken = true
    io.out(text)
  }
  return [() => isSpoken, { ...io, out }]
}

async function load(name: string, commands: CommandTable): Promise<Command | undefined> {
  return Object.hasOwn(commands, name) ? commands[name]?.() : undefined
}

function refuse(word: string, commands: CommandTable, io: CommandIo): number {
  io.err(unknownCommand('lineside', word, Object.keys(commands)))
  return 2
}

/** All that `lineside --help` says. */
export async function overview(commands: CommandTable): Promise<string> {
  const all = await Promise.all(Object.values(commands).map(one => one()))
  const width = Math.max(...all.map(command => command.name.length))
  const lines = all.map(command => `  ${command.name.padEnd(width)}  ${command.summary}`)
  return `usage: lineside COMMAND [...]

Reads devices as their profiles say, watches the readings, and forwards them.

${lines.join('\n')}

lineside COMMAND --help tells more of one command. Start with: lineside check, then lineside run.
exit status: 0 done, 1 the answer is no or it went wrong, 2 wrong usage
`
}
