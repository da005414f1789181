import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { roomFor } from './room.ts'

const MB = 1_000_000

test.each([
  ['a large disk: the size', { fileBytes: 0, freeBytes: 9000 * MB }, 500 * MB],
  ['all but what should stay free', { fileBytes: 100 * MB, freeBytes: 150 * MB }, 150 * MB],
  ['less than that is free: what the file has', { fileBytes: 100 * MB, freeBytes: 50 * MB }, 100 * MB],
  ['a small disk: 16 MB all the same', { fileBytes: 0.05 * MB, freeBytes: 72 * MB }, 16 * MB],
  ['a very small one: what it has, but for 1 MB', { fileBytes: 0.05 * MB, freeBytes: 6 * MB }, 5.05 * MB],
  ['a full one: 1 MB, which it will refuse', { fileBytes: 0.05 * MB, freeBytes: 0 }, 1 * MB],
  ['a full one, and a file of that size: no more', { fileBytes: 3 * MB, freeBytes: 0 }, 3 * MB],
])('%s', (_, { fileBytes, freeBytes }, room) => {
  expect(roomFor({ limitBytes: 500 * MB, minFreeBytes: 100 * MB, fileBytes, freeBytes })).toBeCloseTo(room)
})

test('the room is never over the size, and never less than the file has within it', () => {
  const bytes = fc.integer({ min: 0, max: 1e12 })
  fc.assert(
    fc.property(
      fc.integer({ min: 1e6, max: 1e12 }),
      bytes,
      bytes,
      bytes,
      (limitBytes, fileBytes, freeBytes, minFreeBytes) => {
        const room = roomFor({ limitBytes, fileBytes, freeBytes, minFreeBytes })
        expect(room).toBeLessThanOrEqual(limitBytes)
        expect(room).toBeGreaterThanOrEqual(Math.min(limitBytes, fileBytes))
      },
    ),
  )
})
