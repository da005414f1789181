import { parseArgs } from 'node:util'
import { expect, test } from 'vitest'
import { mistyped, unknownCommand, wrongUsage } from './mistyped.ts'

const help = `usage: prog send FILE [--rate N]
       prog send --all

Sends.

  --rate N    so many a second
  --all       everything
`

function mistakeOf(...args: string[]): string | undefined {
  try {
    parseArgs({ args, options: { rate: { type: 'string' }, all: { type: 'boolean' } }, allowPositionals: false })
    return undefined
  } catch (error) {
    return mistyped(error, help)
  }
}

test.each([
  [['--rat', '5'], 'there is no option --rat; did you mean --rate?'],
  [['--xyzzy'], 'there is no option --xyzzy; write --rate or --all'],
  [['-x'], 'there is no option -x; write --rate or --all'],
  [['--rate'], "option '--rate <value>' argument missing"],
  [['--all=5'], "option '--all' does not take an argument"],
  [['file'], "unexpected argument 'file'"],
  [['--all'], undefined],
])('%j is told in one sentence', (args, text) => {
  expect(mistakeOf(...args)).toBe(text)
})

test('an error that is none of the command line is left alone', () => {
  expect(mistyped(new TypeError('x is not a function'), help)).toBeUndefined()
})

test('how a command is used stands under what was wrong', () => {
  expect(wrongUsage('prog send', 'name the file', help)).toBe(`prog send: name the file
usage: prog send FILE [--rate N]
       prog send --all
prog send --help tells more
`)
  expect(wrongUsage('prog version', 'no', 'usage: prog version\n')).toContain(
    '\nusage: prog version\nprog version --help',
  )
})

test('a mistyped command is answered with the one that was meant', () => {
  expect(unknownCommand('prog', 'sned', ['send', 'check'])).toBe('prog: there is no command sned; did you mean send?\n')
  expect(unknownCommand('prog', 'xyzzy', ['send', 'check'])).toBe(
    'prog: there is no command xyzzy; there are send, check\n',
  )
})
