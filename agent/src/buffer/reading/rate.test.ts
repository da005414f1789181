import { expect, test } from 'vitest'
import { rateOf } from './rate.ts'

/** Rows of 100 bytes, newest first, with so many seconds between them. */
function rows(...seconds: readonly number[]) {
  let t = 1_763_700_000_000
  const row = () => ({ t, bytes: 100, batches: 1 })
  return [
    row(),
    ...seconds.map(pause => {
      t -= pause * 1000
      return row()
    }),
  ]
}

test.each([
  ['a batch a second', rows(1, 1, 1, 1), 100],
  ['a batch every five minutes', rows(300, 300, 300), 1 / 3],
  ['one old batch before a night without any', rows(1, 1, 1, 30_000), 100],
  ['one old batch, a night, and two new ones', rows(1, 30_000), 100],
  ['a short pause', rows(1, 1, 4, 1, 1, 1), 600 / 9],
])('%s', (_, written, rate) => {
  expect(rateOf(written)).toBeCloseTo(rate)
})

test.each([
  ['nothing', []],
  ['one batch', rows()],
  ['one new batch after a night', rows(30_000)],
  ['two at the same moment', rows(0)],
  ['a clock that was set back', rows(-500)],
])('%s: no rate', (_, written) => {
  expect(rateOf(written)).toBeUndefined()
})

test('a row of merged batches lasts as long as they do, and is no pause', () => {
  const [newest, ...others] = rows(1, 1, 1, 60)
  const merged = others.map((row, index) => (index === 3 ? { ...row, bytes: 2000, batches: 60 } : row))
  expect(rateOf(newest === undefined ? [] : [newest, ...merged])).toBeCloseTo(2300 / 63)
})
