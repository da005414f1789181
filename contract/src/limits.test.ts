import { expect, test } from 'vitest'
import { isBomb, limits } from './limits.ts'

test('an idle hour at 42:1 is none, and a small body never is', () => {
  expect(isBomb(50_000, 42 * 50_000)).toBe(false)
  expect(isBomb(10, limits.ratioFromBytes)).toBe(false)
})

test('more than 200:1 above 1 MiB is a decompression bomb', () => {
  expect(isBomb(10_000, 200 * 10_000)).toBe(false)
  expect(isBomb(10_000, 200 * 10_000 + 1)).toBe(true)
})
