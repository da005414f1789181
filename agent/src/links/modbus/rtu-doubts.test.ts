import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RtuDoubts } from './rtu-doubts.ts'

const read = (count: number, address = 0) => ({ functionCode: 3 as const, address, count })

test('only requests that the missing answer would fit are in doubt', () => {
  const doubts = new RtuDoubts()
  doubts.unanswered(5, read(10), 400, false)
  expect(doubts.clearFromMs(5, read(10, 77))).toBe(400)
  expect(doubts.clearFromMs(5, read(11))).toBeUndefined()
  expect(doubts.clearFromMs(6, read(10))).toBeUndefined()
  expect(doubts.clearFromMs(5, { ...read(10), functionCode: 4 })).toBeUndefined()
  // 20 bytes as well, but of bits.
  expect(doubts.clearFromMs(5, { functionCode: 1, address: 0, count: 160 })).toBeUndefined()
})

test('an exception fits every length, until all was read that came before it can not come any more', () => {
  const doubts = new RtuDoubts()
  doubts.unanswered(5, read(10), 400, false)
  doubts.cleared(5, read(3), 399)
  expect(doubts.exceptionInDoubt(5, read(3))).toBe(true)
  expect(doubts.exceptionInDoubt(6, read(3))).toBe(false)
  doubts.cleared(5, read(3), 400)
  expect(doubts.exceptionInDoubt(5, read(3))).toBe(false)
})

test('a doubt stays until all was read that came in its time, and the latest answer that may come counts', () => {
  const doubts = new RtuDoubts()
  doubts.unanswered(5, read(10), 900, false)
  doubts.unanswered(5, read(10), 400, false)
  doubts.cleared(5, read(10), 899)
  expect(doubts.clearFromMs(5, read(10))).toBe(900)
  doubts.cleared(5, read(10), 900)
  expect(doubts.clearFromMs(5, read(10))).toBeUndefined()
})

test('an exception that was not believed keeps every length of its function waiting', () => {
  const doubts = new RtuDoubts()
  doubts.unanswered(5, read(10), 400, false)
  doubts.unanswered(5, read(11), 500, true)
  expect(doubts.clearFromMs(5, read(3))).toBe(500)
  expect(doubts.clearFromMs(5, { ...read(3), functionCode: 4 })).toBeUndefined()
  doubts.cleared(5, read(3), 500)
  expect(doubts.clearFromMs(5, read(3))).toBeUndefined()
})

const bytesOf = (f: { functionCode: number; count: number }) => (f.functionCode < 3 ? (f.count + 7) >> 3 : f.count * 2)

test('different forms of answers are never taken for one another', () => {
  const form = fc.record({
    unitId: fc.nat(255),
    functionCode: fc.constantFrom<(1 | 2 | 3 | 4)[]>(1, 2, 3, 4),
    count: fc.integer({ min: 1, max: 125 }),
  })
  fc.assert(
    fc.property(form, form, (a, b) => {
      const doubts = new RtuDoubts()
      doubts.unanswered(a.unitId, { ...a, address: 0 }, 1, false)
      const same = a.unitId === b.unitId && a.functionCode === b.functionCode && bytesOf(a) === bytesOf(b)
      expect(doubts.clearFromMs(b.unitId, { ...b, address: 9 }) !== undefined).toBe(same)
    }),
  )
})
