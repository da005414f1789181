import { didYouMean, suggest } from '@lineside/settings'
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
    const reason = usageReason(error, command)
    if (reason === undefined) throw error
    io.err(`lineside ${command.name}: ${reason}\n${usageOf(command)}\nlineside ${command.name} --help tells more\n`)
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
  const names = Object.keys(commands)
  const meant = didYouMean(word, [...names, 'help'])
  const fix = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`
  io.err(`lineside: there is no command ${word}; ${fix}\n`)
  return 2
}

/** What was typed wrong; undefined where the error is another one. */
function usageReason(error: unknown, command: Command): string | undefined {
  if (error instanceof UsageError) return error.message
  // What node:util's parseArgs throws for an option that isn't there or lacks its value.
  if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))) return undefined
  const unknown = /^Unknown option '(-[^' ]*)/.exec(error.message)?.[1]
  if (unknown !== undefined) return `there is no option ${unknown}; ${suggest(unknown, optionsOf(command))}`
  const [reason = ''] = error.message.split('. ')
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`
}

/** Every option is in the help. */
function optionsOf({ help }: Command): string[] {
  return [...new Set(help.match(/--[a-z][a-z-]*/g))]
}

/** The lines of the help before the first empty one. */
function usageOf({ help }: Command): string {
  return help.slice(0, help.indexOf('\n\n') + 1 || undefined).trimEnd()
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
