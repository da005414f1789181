import { expect, test } from 'vitest'
import { pollAdversary } from './field.ts'
import { isMarkedFor, markedRegisters } from './framing.ts'

test.each(['tcp', 'rtu_tcp'] as const)('no wrong value passes over %s, whatever an adversary does', async transport => {
  const options = { polls: 480, seed: 2026, timeoutMs: 20, lines: 12, say: () => {} }
  const { examples, polls, right, tricks } = await pollAdversary(transport, options)
  expect(examples).toEqual([])
  expect(right).toBeGreaterThan(polls / 2)
  expect(Object.keys(tricks).length).toBeGreaterThan(8)
})

test('a value of another unit, register, length or older request is called wrong', () => {
  const read = { functionCode: 3, address: 0x1234, count: 5 } as const
  const data = markedRegisters({ unitId: 7, read, n: 99 })
  expect(isMarkedFor(data, 7, read, 99)).toBe(true)
  expect(isMarkedFor(data, 8, read, 99)).toBe(false)
  expect(isMarkedFor(data, 7, { ...read, address: 0x1235 }, 99)).toBe(false)
  expect(isMarkedFor(data, 7, { ...read, count: 4 }, 99)).toBe(false)
  expect(isMarkedFor(data, 7, read, 100)).toBe(false)
})
