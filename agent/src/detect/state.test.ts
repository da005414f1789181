import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StateRule } from './state-rule.ts'
import { createState } from './state.ts'

const open: StateRule = {
  kind: 'state',
  device: 'gate_1',
  name: 'open',
  point: 'door',
  priority: 'medium',
  is: [true],
  ofList: false,
  onDelayMs: 10_000,
  offDelayMs: 5_000,
}
const instant: StateRule = { ...open, onDelayMs: 0, offDelayMs: 0 }

test('the state must last for the on-delay, and be over for the off-delay', () => {
  const detector = createState(open, undefined, 0)
  expect(detector.observe(true, 0)).toEqual({ active: false, text: 'as it should be' })
  expect(detector.tick(9_999)?.active).toBe(false)
  expect(detector.tick(10_000)).toEqual({ active: true, text: 'door is true for 10s' })
  expect(detector.observe(false, 20_000)?.active).toBe(true)
  expect(detector.observe(true, 24_000)?.active).toBe(true)
  expect(detector.observe(false, 25_000)?.active).toBe(true)
  expect(detector.tick(30_000)).toEqual({ active: false, text: 'door is false, no longer true' })
})

test('one of several states is enough, and passing from one to another does not begin anew', () => {
  const detector = createState({ ...open, is: ['fault', 'tripped'] }, undefined, 0)
  expect(detector.observe('fault', 0)?.active).toBe(false)
  expect(detector.observe('tripped', 9_000)?.active).toBe(false)
  expect(detector.observe('tripped', 10_000)).toMatchObject({ active: true, text: 'door is tripped for 10s' })
})

test('of a bitfield one bit counts, and not a part of a name', () => {
  const detector = createState({ ...instant, is: ['overload'], ofList: true }, undefined, 0)
  expect(detector.observe('overload_warning,fan', 0)?.active).toBe(false)
  expect(detector.observe('fan,overload', 1)).toMatchObject({ active: true, text: 'door is fan,overload' })
  expect(detector.observe('', 2)).toMatchObject({ active: false, text: 'door is empty, no longer overload' })
})

test('a text with commas is one state', () => {
  const detector = createState({ ...instant, is: ['E1,E2'] }, undefined, 0)
  expect(detector.observe('E1', 0)?.active).toBe(false)
  expect(detector.observe('E1,E2', 1)?.active).toBe(true)
})

test('a bad reading decides nothing', () => {
  const detector = createState(open, undefined, 0)
  detector.observe(true, 0)
  detector.missed()
  expect(detector.tick(20_000)).toBeUndefined()
  expect(detector.observe(true, 21_000)?.active).toBe(true)
})

test('a finding survives a restart until a reading says otherwise', () => {
  const before = createState(instant, undefined, 0)
  before.observe(true, 0)
  const saved: unknown = JSON.parse(JSON.stringify(before.snapshot(0)))
  expect(createState(instant, saved, 0).observe(true, 1)).toEqual({ active: true, text: 'door was true' })
  expect(createState(instant, saved, 0).observe(false, 1)?.active).toBe(false)
})

test('without delays the finding is the state', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean()), values => {
      const detector = createState(instant, undefined, 0)
      expect(values.map((value, at) => detector.observe(value, at)?.active)).toEqual(values)
    }),
  )
})
