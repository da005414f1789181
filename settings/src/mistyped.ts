import { didYouMean, suggest } from './did-you-mean.ts'

/** What was typed wrong, as a sentence that says what to write; undefined where the error is none of node:util's parseArgs. */
export function mistyped(error: unknown, help: string): string | undefined {
  if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))) return undefined
  const unknown = /^Unknown option '(-[^' ]*)/.exec(error.message)?.[1]
  if (unknown !== undefined) return `there is no option ${unknown}; ${suggest(unknown, optionsOf(help))}`
  // What follows the first sentence speaks of arguments as programmers do.
  const [reason = ''] = error.message.split('. ')
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1)}`
}

/** Every option is in the help. */
function optionsOf(help: string): string[] {
  return [...new Set(help.match(/--[a-z][a-z-]*/g))]
}

/** What a person reads who used a command wrongly: why, how it is used (the help before its first empty line), where more is. */
export function wrongUsage(command: string, reason: string, help: string): string {
  const usage = help.slice(0, help.indexOf('\n\n') + 1 || undefined).trimEnd()
  return `${command}: ${reason}\n${usage}\n${command} --help tells more\n`
}

/** What a person reads who named a command that is not there. */
export function unknownCommand(program: string, word: string, names: readonly string[]): string {
  const meant = didYouMean(word, [...names, 'help'])
  const fix = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`
  return `${program}: there is no command ${word}; ${fix}\n`
}
