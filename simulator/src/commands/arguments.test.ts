import { expect, test } from 'vitest'
import { parseArguments } from './arguments.ts'

test('reads file and options', () => {
  expect(parseArguments(['plant.yaml', '--seed', '7', '--seconds', '2.5', '--ledger', 'x.ndjson', '--json'])).toEqual({
    file: 'plant.yaml',
    seed: 7,
    seconds: 2.5,
    ledger: 'x.ndjson',
    json: true,
  })
  expect(parseArguments(['plant.yaml'])).toEqual({ file: 'plant.yaml', json: false })
  expect(parseArguments(['plant.yaml', '--no-ledger'])).toMatchObject({ ledger: '' })
  expect(parseArguments(['--help'])).toBe('help')
  expect(parseArguments(['-v'])).toBe('version')
})

test.each([
  [[], 'no plant file'],
  [['a.yaml', 'b.yaml'], 'b.yaml is one file too many'],
  [['a.yaml', '--seed', 'x'], '--seed x is not a number that fits'],
  [['a.yaml', '--seconds', '0'], '--seconds 0 is not a number that fits'],
])('refuses %j', (argv, message) => {
  expect(() => parseArguments(argv)).toThrow(message)
})

test('refuses an option that it does not know', () => {
  expect(() => parseArguments(['a.yaml', '--sed', '1'])).toThrow(
    expect.objectContaining({ code: 'usage', message: 'there is no option --sed; did you mean --seed?' }),
  )
})
