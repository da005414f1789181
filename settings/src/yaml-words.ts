import type { ErrorCode } from 'yaml'

const words: Partial<Record<ErrorCode, readonly [message: string, fix: string]>> = {
  TAB_AS_INDENT: ['a tab is used to indent', 'indent with spaces'],
  BAD_INDENT: ['the indentation does not fit', 'put keys of one map in one column, and those below it further right'],
  MISSING_CHAR: ['something is missing here', 'check the colon after a key, and that brackets and quotes are closed'],
  BAD_SCALAR_START: ['a text must not begin with this character', 'put the text in "quotes"'],
  BAD_DQ_ESCAPE: ['a backslash in "quotes" begins an escape', "write \\\\ for a backslash, or use 'single quotes'"],
  MULTILINE_IMPLICIT_KEY: ['a key must stand on one line', 'check the colon, the space behind it, and the indentation'],
  BLOCK_AS_IMPLICIT_KEY: [
    'a map begins in the middle of a line',
    'begin it on the next line, or put the text in "quotes"',
  ],
  BLOCK_IN_FLOW: ['a line of a list or map stands inside brackets', 'close the bracket first'],
  MULTIPLE_DOCS: ['a second document begins here', 'remove the line --- or make it a file of its own'],
  UNEXPECTED_TOKEN: ['this is not expected here', 'check the indentation, the quotes and the brackets before it'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1,024 characters', 'check the colon and the quotes'],
  BAD_DIRECTIVE: ['a line that begins with % is not understood', 'remove it'],
  BAD_ALIAS: ['an alias (*name) is not complete', 'put a text that begins with * in "quotes"'],
}

/** A parser's complaint in words for someone who writes YAML twice a year. */
export function yamlWords(code: ErrorCode, message: string): { message: string; fix?: string } {
  const known = words[code]
  if (known !== undefined) return { message: `no valid YAML: ${known[0]}`, fix: known[1] }
  const first = message.split('\n')[0] ?? message
  return { message: `no valid YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}` }
}
