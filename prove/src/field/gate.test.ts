import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Gate } from './gate.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const bytes = (...values: readonly number[]) => Uint8Array.from(values)

test('what is read in time passes', () => {
  const gate = new Gate(10)
  gate.wrote(2)
  vi.advanceTimersByTime(9)
  expect([...gate.pass(bytes(1, 2))]).toEqual([1, 2])
  expect(gate.heldBack).toBe(0)
})

test('what could not be read in time is held back, and nothing else', () => {
  const gate = new Gate(10)
  gate.wrote(2)
  vi.advanceTimersByTime(20)
  gate.wrote(2)
  expect([...gate.pass(bytes(1, 2, 3, 4))]).toEqual([3, 4])
  expect(gate.heldBack).toBe(2)
})

test('the rest of a write that came torn is held back', () => {
  const gate = new Gate(10)
  gate.wrote(4)
  expect([...gate.pass(bytes(1, 2))]).toEqual([1, 2])
  vi.advanceTimersByTime(2)
  expect([...gate.pass(bytes(3, 4))]).toEqual([])
  expect(gate.heldBack).toBe(2)
})

test('more than was written is an error of the proof', () => {
  const gate = new Gate(10)
  gate.wrote(1)
  expect(() => gate.pass(bytes(1, 2))).toThrow('more comes out')
})
