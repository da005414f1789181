import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { UsageError } from '../command.ts'
import { durationFlag, integerFlag, rangesFlag, wordsFlag } from './flags.ts'

test('numbers may be decimal or hexadecimal, within their limits', () => {
  expect(integerFlag('--address', '0x0034', 0, 65_535)).toBe(52)
  expect(integerFlag('--address', '52', 0, 65_535)).toBe(52)
  for (const wrong of ['', '-1', '65536', '5 2', '0x', '1e3', 'x']) {
    expect(() => integerFlag('--address', wrong, 0, 65_535)).toThrow(UsageError)
  }
})

test('ranges give each number once, in order', () => {
  expect(rangesFlag('--units', '10-12,1,11', 1, 247)).toEqual([1, 10, 11, 12])
  for (const wrong of ['', '0', '1-', '9-3', '1-248', '1,,2', 'all']) {
    expect(() => rangesFlag('--units', wrong, 1, 247)).toThrow(/--units .*for instance 1-10,17/)
  }
})

test('what is written as ranges comes out as those numbers', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 247 }), { minLength: 1 }), numbers => {
      expect(rangesFlag('--units', numbers.join(','), 1, 247)).toEqual(numbers.toSorted((a, b) => a - b))
    }),
  )
})

test('words are of their list, durations within their limits', () => {
  expect(wordsFlag('--parity', 'even, none,even', ['none', 'even', 'odd'])).toEqual(['even', 'none'])
  expect(() => wordsFlag('--parity', 'evn', ['none', 'even', 'odd'])).toThrow(/one or more of none,even,odd/)
  expect(durationFlag('--timeout', '300ms', 10, 10_000)).toBe(300)
  expect(() => durationFlag('--timeout', '11s', 10, 10_000)).toThrow(/from 10ms to 10s/)
})
