import { expect, test } from 'vitest'
import { parseDemoArguments } from './arguments.ts'

test('files are relative to where the person stands', () => {
  const parsed = parseDemoArguments(['--seconds', '20', '--report', 'r.json'], '/here')
  expect(parsed).toEqual({ kind: 'run', args: { seconds: 20, report: '/here/r.json', keep: undefined } })
})

test.each([['--seconds', '3'], ['--seconds', 'soon'], ['--sceonds', '20'], ['twenty']])(
  '%s %s is wrong usage',
  (...argv) => {
    expect(parseDemoArguments(argv, '/').kind).toBe('wrong')
  },
)

test('without arguments it runs until it is ended', () => {
  expect(parseDemoArguments([], '/')).toMatchObject({ kind: 'run', args: { seconds: undefined } })
  expect(parseDemoArguments(['-h'], '/')).toEqual({ kind: 'help' })
})
