import type { Quality, Sample, Value } from '@lineside/contract'
import { entryProblem } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ThresholdRule } from '../detect/threshold-rule.ts'
import type { ZscoreRule } from '../detect/zscore-rule.ts'
import { createWatch } from './watch.ts'

const hot: ThresholdRule = {
  kind: 'threshold',
  device: 'press_3',
  name: 'bearing_hot',
  point: 'temperature',
  priority: 'high',
  message: 'Bearing too hot',
  action: 'Stop the press and call maintenance',
  high: 80,
  hysteresis: 3,
  onDelayMs: 0,
  offDelayMs: 0,
}
const shake: ZscoreRule = {
  kind: 'zscore',
  device: 'press_3',
  name: 'shake',
  point: 'velocity_z',
  priority: 'medium',
  windowMs: 600_000,
  limit: 5,
  warmUp: 30,
  minSpread: 0.1,
  coolDownMs: 60_000,
}
const cold: ThresholdRule = {
  kind: 'threshold',
  device: 'room',
  name: 'cold',
  point: 'temperature',
  priority: 'low',
  low: 5,
  hysteresis: 1,
  onDelayMs: 0,
  offDelayMs: 0,
}

function parts() {
  let ids = 0
  let t = 1_763_700_000_000
  return {
    now: () => (t += 1000),
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
  }
}

function sample(values: Record<string, Value>, quality?: Record<string, Quality>): Sample {
  return { k: 'sample', device: 'press_3', t: 1, values, ...(quality ? { quality } : {}) }
}

test('an alarm goes from raise to normal under one id, and every entry is well-formed on the wire', () => {
  const watch = createWatch([hot, shake], parts())
  const first = watch.observe(sample({ temperature: 81.4 }), 0)
  expect(first).toEqual([
    {
      k: 'alarm',
      t: 1_763_700_001_000,
      device: 'press_3',
      alarm: 'bearing_hot',
      id: '00000000-0000-4000-8000-000000000001',
      event: 'raised',
      state: 'unacknowledged',
      priority: 'high',
      point: 'temperature',
      value: 81.4,
      limit: 80,
      text: 'temperature 81.4 is above 80',
      message: 'Bearing too hot',
      action: 'Stop the press and call maintenance',
    },
  ])
  const entries = [
    ...first,
    ...watch.observe(sample({ temperature: 70 }), 1),
    ...watch.observe(sample({ temperature: 82 }), 2),
  ]
  const acknowledged = watch.acknowledge('press_3', 'bearing_hot', 'anna')
  if (acknowledged.ok) entries.push(acknowledged.entry)
  entries.push(...watch.observe(sample({ temperature: 70 }), 3))
  expect(entries.map(({ event, state, by }) => [event, state, by])).toEqual([
    ['raised', 'unacknowledged', undefined],
    ['returned', 'rtn_unacknowledged', undefined],
    ['reraised', 'unacknowledged', undefined],
    ['acknowledged', 'acknowledged', 'anna'],
    ['returned', 'normal', undefined],
  ])
  expect(new Set(entries.map(({ id }) => id)).size).toBe(1)
  for (const entry of entries) expect(entryProblem(entry)).toBeUndefined()
  expect(watch.list()).toEqual([])
  expect(watch.observe(sample({ temperature: 90 }), 4)[0]?.id).toBe('00000000-0000-4000-8000-000000000002')
})

test('one whose condition is over says so until somebody acknowledges it, over a restart too', () => {
  const watch = createWatch([hot], parts())
  watch.observe(sample({ temperature: 85 }), 0)
  const [returned] = watch.observe(sample({ temperature: 70 }), 1)
  const over = { since: returned?.t, text: returned?.text }
  expect(watch.list()).toMatchObject([{ state: 'rtn_unacknowledged', text: 'temperature 85 is above 80', over }])
  const next = createWatch([hot], parts())
  expect(next.restore(watch.snapshot(), 0)).toBeUndefined()
  expect(next.list()).toEqual(watch.list())
  next.observe(sample({ temperature: 90 }), 1)
  expect(next.list()).toMatchObject([{ state: 'unacknowledged', text: 'temperature 90 is above 80' }])
  expect(next.list()[0]?.over).toBeUndefined()
})

test('what is not normal is listed, newest first', () => {
  const watch = createWatch([hot, cold], parts())
  watch.observe(sample({ temperature: 85 }), 0)
  watch.observe({ ...sample({ temperature: 2 }), device: 'room' }, 1)
  expect(
    watch.list().map(({ device, alarm, state, value, limit, since }) => [device, alarm, state, value, limit, since]),
  ).toEqual([
    ['room', 'cold', 'unacknowledged', 2, 5, 1_763_700_002_000],
    ['press_3', 'bearing_hot', 'unacknowledged', 85, 80, 1_763_700_001_000],
  ])
  expect(watch.list()[1]).toMatchObject({
    message: hot.message,
    action: hot.action,
    priority: 'high',
    point: 'temperature',
  })
})

test('an acknowledgement that is not possible says why and what was meant', () => {
  const watch = createWatch([hot, shake], parts())
  const text = (device: string, alarm: string) => {
    const result = watch.acknowledge(device, alarm, 'anna')
    return result.ok ? 'ok' : result.text
  }
  expect(text('pres_3', 'bearing_hot')).toBe('no alarm watches device pres_3; did you mean press_3?')
  expect(text('press_3', 'baering_hot')).toBe('device press_3 has no alarm baering_hot; did you mean bearing_hot?')
  expect(text('press_3', 'bearing_hot')).toBe('press_3 bearing_hot is normal: nothing to acknowledge')
  watch.observe(sample({ temperature: 85 }), 0)
  expect(text('press_3', 'bearing_hot')).toBe('ok')
  expect(text('press_3', 'bearing_hot')).toBe('press_3 bearing_hot is acknowledged already, by anna')
})

test('readings without a value, texts and other devices raise and return nothing', () => {
  const watch = createWatch([hot], parts())
  expect(watch.observe(sample({}, { temperature: 'bad:sensor_failure' }), 0)).toEqual([])
  expect(watch.observe(sample({ temperature: 'hot' }), 1)).toEqual([])
  expect(watch.observe({ ...sample({ temperature: 99 }), device: 'other' }, 2)).toEqual([])
  watch.observe(sample({ temperature: 99 }), 3)
  expect(watch.observe(sample({}, { temperature: 'bad:communication' }), 4)).toEqual([])
  expect(watch.list()).toHaveLength(1)
})

test('whole numbers of 64 bits are watched as numbers; what is no number is beyond no limit', () => {
  const watch = createWatch([{ ...hot, high: 0.5, hysteresis: 0 }], parts())
  expect(watch.observe(sample({ temperature: true }), 0)).toEqual([])
  expect(watch.observe(sample({ temperature: 'hot' }), 1)).toEqual([])
  expect(watch.observe(sample({ temperature: 2n ** 60n }), 2)).toHaveLength(1)
})

test('a state begins and ends an alarm, which has no value and no limit', () => {
  const { device, name, point, priority } = hot
  const rule = { kind: 'state', is: [true], ofList: false, onDelayMs: 0, offDelayMs: 0 } as const
  const watch = createWatch([{ device, name, point, priority, ...rule }], parts())
  expect(watch.observe(sample({ temperature: false }), 0)).toEqual([])
  const [raised] = watch.observe(sample({ temperature: true }), 1)
  expect(raised).toMatchObject({ event: 'raised', text: 'temperature is true' })
  expect(raised).not.toHaveProperty('value')
  expect(watch.observe(sample({ temperature: false }), 2)).toMatchObject([
    { event: 'returned', text: 'temperature is false, no longer true' },
  ])
})

test('an on-delay runs out at a tick', () => {
  const watch = createWatch([{ ...hot, onDelayMs: 10_000 }], parts())
  expect(watch.observe(sample({ temperature: 85 }), 0)).toEqual([])
  expect(watch.tick(9_999)).toEqual([])
  expect(watch.tick(10_000).map(({ event }) => event)).toEqual(['raised'])
  expect(watch.tick(20_000)).toEqual([])
})

test('a time that steps back is taken as the last one', () => {
  const watch = createWatch([{ ...hot, onDelayMs: 10_000 }], parts())
  watch.observe(sample({ temperature: 85 }), 50_000)
  expect(watch.observe(sample({ temperature: 85 }), 10_000)).toEqual([])
  expect(watch.tick(60_000)).toHaveLength(1)
})

test('an alarm survives a restart in its state, under its id, and is not raised a second time', () => {
  const before = createWatch([hot, shake], parts())
  before.observe(sample({ temperature: 85, velocity_z: 2 }), 1_000_000)
  before.acknowledge('press_3', 'bearing_hot', 'anna')
  const after = createWatch([hot, shake], parts())
  expect(after.restore(before.snapshot(), 7)).toBeUndefined()
  expect(after.list()).toEqual(before.list())
  expect(after.tick(8)).toEqual([])
  expect(after.observe(sample({ temperature: 86, velocity_z: 2 }), 9)).toEqual([])
  expect(after.observe(sample({ temperature: 70 }), 10)).toMatchObject([
    { event: 'returned', state: 'normal', id: before.list()[0]?.id },
  ])
})

test('under a changed limit the next reading decides', () => {
  const before = createWatch([hot], parts())
  before.observe(sample({ temperature: 85 }), 0)
  const after = createWatch([{ ...hot, high: 90, onDelayMs: 5_000 }], parts())
  after.restore(before.snapshot(), 0)
  expect(after.tick(1)).toEqual([])
  expect(after.observe(sample({ temperature: 85 }), 2)).toMatchObject([
    { event: 'returned', state: 'rtn_unacknowledged' },
  ])
})

test('an alarm whose rule is gone returns to normal with an entry, once', () => {
  const before = createWatch([hot, cold], parts())
  before.observe(sample({ temperature: 85 }), 0)
  const after = createWatch([cold], parts())
  after.restore(before.snapshot(), 0)
  const entries = after.tick(1)
  expect(entries).toMatchObject([
    {
      event: 'returned',
      state: 'normal',
      device: 'press_3',
      alarm: 'bearing_hot',
      id: before.list()[0]?.id,
      priority: 'high',
    },
  ])
  for (const entry of entries) expect(entryProblem(entry)).toBeUndefined()
  expect(after.tick(2)).toEqual([])
  expect(after.list()).toEqual([])
})

test('an alarm that watches another point now starts its detector afresh', () => {
  const before = createWatch([{ ...hot, onDelayMs: 10_000 }], parts())
  before.observe(sample({ temperature: 85 }), 0)
  before.tick(9_000)
  const after = createWatch([{ ...hot, onDelayMs: 10_000, point: 'other' }], parts())
  after.restore(before.snapshot(), 0)
  expect(after.observe(sample({ other: 85 }), 2_000)).toEqual([])
  expect(after.tick(12_000)).toHaveLength(1)
})

test.each([
  ['', 'saved alarms are not JSON'],
  ['{"v":2,"alarms":[]}', 'saved alarms have version 2; this agent reads 1'],
  ['{"v":1}', 'saved alarms are not a list'],
  ['{"v":1,"alarms":[{"device":"a"}]}', "saved alarm 0 can't be read"],
])('a snapshot %j is named and everything starts afresh', (text, problem) => {
  const watch = createWatch([hot], parts())
  expect(watch.restore(text, 0)).toBe(problem)
  expect(watch.observe(sample({ temperature: 85 }), 1)).toHaveLength(1)
})

test('a restart at any moment changes no entry', () => {
  const delayed = { ...hot, onDelayMs: 3_000, offDelayMs: 2_000 }
  const step = fc.record({ value: fc.constantFrom(70, 78, 81, 90), ack: fc.boolean(), restart: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const run = (restarts: boolean) => {
        const outside = parts()
        let watch = createWatch([delayed, shake], outside)
        let originMs = 0
        const entries = []
        for (const [index, { value, ack, restart }] of steps.entries()) {
          const atMs = index * 1000
          entries.push(...watch.observe(sample({ temperature: value, velocity_z: value }), atMs - originMs))
          if (ack) {
            const result = watch.acknowledge('press_3', 'bearing_hot', 'x')
            if (result.ok) entries.push(result.entry)
          }
          if (!restart || !restarts) continue
          const text = watch.snapshot()
          watch = createWatch([delayed, shake], outside)
          originMs = atMs - 5
          watch.restore(text, 5)
        }
        return entries
      }
      expect(run(true)).toEqual(run(false))
    }),
  )
})

test('a noisy rise and fall across the limit is one raise and one return', () => {
  const random = seededRandom(7)
  const watch = createWatch([hot], parts())
  const events = []
  for (let s = 0; s < 1800; s++) {
    const temperature = 80 + 8 * Math.sin((s / 2000) * 2 * Math.PI) + 2.8 * (random() - 0.5)
    for (const { event } of watch.observe(sample({ temperature }), s * 1000)) events.push(event)
  }
  expect(events).toEqual(['raised', 'returned'])
})

test('a quiet sample returns the same empty list, so that nothing is allocated', () => {
  const watch = createWatch([hot], parts())
  expect(watch.observe(sample({ temperature: 20 }), 0)).toBe(watch.observe(sample({ temperature: 21 }), 1))
})
