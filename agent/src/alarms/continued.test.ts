import type { AlarmEntry } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AlarmParts } from './alarm.ts'
import type { Correction } from './continued.ts'
import { createSystemAlarms } from './system.ts'
import { alarmEvents, transition } from './transition.ts'
import { createWatch } from './watch.ts'
import type { AlarmWatch } from './watch.ts'

const common = { device: 'press_3', priority: 'high' } as const
const hot = {
  ...common,
  kind: 'threshold',
  name: 'hot',
  point: 'temperature',
  high: 80,
  hysteresis: 5,
  onDelayMs: 0,
  offDelayMs: 0,
} as const
const slow = { ...hot, name: 'slow', onDelayMs: 3000, offDelayMs: 2000 } as const
const odd = {
  ...common,
  kind: 'zscore',
  name: 'odd',
  point: 'temperature',
  windowMs: 10_000,
  warmUp: 5,
  minSpread: 1,
  limit: 3,
  coolDownMs: 2000,
} as const
const rules = [hot, slow, odd]

function parts(): AlarmParts {
  let uuid = 0
  let t = 1_763_700_000_000
  return { now: () => ++t, newId: () => `00000000-0000-4000-8000-${String(++uuid).padStart(12, '0')}` }
}

interface Step {
  readonly value: number
  readonly ack: boolean
}

const steps = fc.array(
  fc.record({ value: fc.constantFrom(70, 78, 81, 90), ack: fc.integer({ max: 4, min: 0 }).map(n => n === 0) }),
  { maxLength: 30 },
)

/** What the watch tells of these steps, one a second. */
function observe(watch: AlarmWatch, all: readonly Step[], fromMs = 0): AlarmEntry[] {
  return all.flatMap(({ value: temperature, ack }, index) => {
    const sample = { k: 'sample', device: 'press_3', t: 0, values: { temperature } } as const
    const told = [...watch.observe(sample, fromMs + index * 1000)]
    for (const { name } of ack ? rules : []) {
      const result = watch.acknowledge('press_3', name, 'ann')
      if (result.ok) told.push(result.entry)
    }
    return told
  })
}

/** Entries that are not committed yet. */
function pending(entries: AlarmEntry[]): (correction: Correction) => void {
  return correction => void entries.splice(0, Infinity, ...entries.flatMap(entry => correction(entry) ?? []))
}

/** What a journal says of each alarm, which must follow from what it said before. */
function follow(journal: readonly AlarmEntry[]): Map<string, AlarmEntry> {
  const last = new Map<string, AlarmEntry>()
  for (const entry of journal) {
    const before = last.get(entry.alarm)
    const events = alarmEvents.map(event => transition(before?.state ?? 'normal', event))
    expect(events).toContainEqual({ to: entry.state, journal: entry.event })
    if (before) expect(entry.id).toBe(before.id)
    if (entry.state === 'normal') last.delete(entry.alarm)
    else last.set(entry.alarm, entry)
  }
  return last
}

const hotFor = (seconds: number) => Array.from({ length: seconds }, () => ({ value: 90, ack: false }))
const quiet = Array.from({ length: 25 }, () => ({ value: 70, ack: false }))

test('whenever a watch hears of its past, its journal goes on as one: nothing twice, nothing left open', () => {
  fc.assert(
    fc.property(steps, steps, steps, (before, meanwhile, after) => {
      const outside = parts()
      const first = createWatch(rules, outside)
      const committed = observe(first, before)
      const saved = first.snapshot()

      const watch = createWatch(rules, outside)
      const told = observe(watch, meanwhile)
      const acknowledged = follow(committed)
      expect(watch.restore(saved, meanwhile.length * 1000, pending(told))).toBeUndefined()
      const standing = follow([...committed, ...told])
      expect(new Map(watch.list().map(({ alarm, id, state }) => [alarm, { id, state }]))).toEqual(
        new Map([...standing].map(([alarm, { id, state }]) => [alarm, { id, state }])),
      )
      for (const [alarm, { id, state }] of acknowledged) {
        const now = watch.list().find(active => active.id === id)
        if (state === 'acknowledged' && now) expect(now).toMatchObject({ alarm, state, by: 'ann' })
      }
      const rest = observe(watch, [...after, ...quiet], meanwhile.length * 1000)
      const end = follow([...committed, ...told, ...rest])
      for (const { state } of end.values()) expect(state).toBe('rtn_unacknowledged')
    }),
    { numRuns: 500 },
  )
})

test('an alarm that was acknowledged and is still there stays as it was, however late that is known', () => {
  const outside = parts()
  const first = createWatch(rules, outside)
  const [raised] = observe(first, [{ value: 90, ack: true }])
  const watch = createWatch(rules, outside)
  const told = observe(watch, [{ value: 91, ack: false }])
  expect(told).toMatchObject([{ event: 'raised' }])
  watch.restore(first.snapshot(), 1000, pending(told))
  expect(told).toEqual([])
  expect(watch.list()).toMatchObject([{ id: raised?.id, since: raised?.t, state: 'acknowledged', by: 'ann' }])
  expect(observe(watch, [{ value: 70, ack: false }], 2000)).toMatchObject([
    { id: raised?.id, event: 'returned', state: 'normal' },
  ])
})

test('what a detector with a delay saw since the start counts, unless the past knows better', () => {
  const outside = parts()
  const first = createWatch([slow], outside)
  observe(first, [{ value: 70, ack: false }])
  const watch = createWatch([slow], outside)
  expect(observe(watch, hotFor(3))).toEqual([])
  watch.restore(first.snapshot(), 2500, pending([]))
  expect(observe(watch, hotFor(1), 3000)).toMatchObject([{ event: 'raised' }])

  const before = createWatch([slow], outside)
  const [raised] = observe(before, hotFor(4))
  const later = createWatch([slow], outside)
  expect(observe(later, hotFor(2))).toEqual([])
  later.restore(before.snapshot(), 1500, pending([]))
  expect(observe(later, hotFor(1), 2000)).toEqual([])
  expect(later.list()).toMatchObject([{ id: raised?.id, state: 'unacknowledged' }])
})

test('an alarm of the gateway that is raised again before its past is known goes on as the same one', () => {
  const failing = { alarm: 'buffer_failing', active: true, text: 'the disk refuses' } as const
  const away = { alarm: 'receiver_away', active: true, text: 'no answer' } as const
  const first = createSystemAlarms('gw', parts())
  const raised = [first.hear(failing, 0), first.hear(away, 0)]
  first.acknowledge('buffer_failing', 'ann')
  const second = createSystemAlarms('gw', parts())
  const told = [second.hear(failing, 5)].filter(entry => entry !== undefined)
  const over = second.restore(first.snapshot(), 10, pending(told))
  expect(told).toEqual([])
  expect(over).toMatchObject([{ alarm: 'receiver_away', id: raised[1]?.id, event: 'returned' }])
  expect(second.list().find(({ alarm }) => alarm === 'buffer_failing')).toMatchObject({
    id: raised[0]?.id,
    state: 'acknowledged',
    by: 'ann',
  })
  expect(second.hear({ ...failing, active: false }, 20)).toMatchObject({ id: raised[0]?.id, state: 'normal' })
})
