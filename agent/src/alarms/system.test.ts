import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSystemAlarms, quietMs, withSystemAlarms } from './system.ts'
import type { SystemAlarms } from './system.ts'
import { systemRules } from './system-rules.ts'
import { createWatch } from './watch.ts'

let uuid = 0
const parts = {
  now: () => 1_763_700_000_000,
  newId: () => `00000000-0000-4000-8000-${String(++uuid).padStart(12, '0')}`,
}
const created = (): SystemAlarms => createSystemAlarms('gw', parts)
const failing = { alarm: 'buffer_failing', active: true, text: 'the disk refuses' } as const
const lost = { alarm: 'readings_lost', active: true, text: '5 readings' } as const

test('a condition is raised once, ends when it is told to, and waits for its acknowledgement', () => {
  const alarms = created()
  expect(alarms.hear(failing, 0)).toMatchObject({
    device: 'gw',
    alarm: 'buffer_failing',
    event: 'raised',
    state: 'unacknowledged',
    priority: 'high',
    text: 'the disk refuses',
  })
  expect(alarms.hear(failing, 1)).toBeUndefined()
  expect(alarms.tick(10 * quietMs)).toEqual([])
  expect(alarms.hear({ ...failing, active: false, text: 'it works' }, 2)).toMatchObject({ event: 'returned' })
  expect(alarms.list()).toMatchObject([{ alarm: 'buffer_failing', state: 'rtn_unacknowledged' }])
  expect(alarms.acknowledge('buffer_failing', 'ann')).toMatchObject({ ok: true, entry: { by: 'ann', state: 'normal' } })
  expect(alarms.list()).toEqual([])
  expect(alarms.acknowledge('buffer_failing', 'ann')).toMatchObject({ ok: false })
  expect(alarms.acknowledge('bearing_hot', 'ann')).toBeUndefined()
})

test('an event returns a while after it was last heard of, and not before', () => {
  const alarms = created()
  alarms.hear(lost, 0)
  alarms.hear(lost, quietMs - 1)
  expect(alarms.tick(2 * quietMs - 2)).toEqual([])
  expect(alarms.tick(2 * quietMs - 1)).toMatchObject([{ event: 'returned', state: 'rtn_unacknowledged' }])
  expect(alarms.hear(lost, 3 * quietMs)).toMatchObject({ event: 'reraised', state: 'unacknowledged' })
})

test('over a restart an event stays with its id and who acknowledged it, a condition is over', () => {
  const before = created()
  before.hear(failing, 0)
  before.hear(lost, 0)
  before.acknowledge('readings_lost', 'ann')
  const [, event] = before.list()
  const after = created()
  expect(after.restore(before.snapshot(), 100)).toMatchObject([{ alarm: 'buffer_failing', event: 'returned' }])
  expect(after.list()).toContainEqual(event)
  expect(after.list()).toContainEqual(
    expect.objectContaining({
      alarm: 'buffer_failing',
      over: { since: expect.any(Number), text: 'the agent was started again' },
    }),
  )
  const third = created()
  third.restore(after.snapshot(), 100)
  expect(third.list()).toEqual(after.list())
  expect(after.tick(100 + quietMs)).toMatchObject([{ alarm: 'readings_lost', state: 'normal' }])
  expect(created().restore('no JSON', 0)).toEqual([])
  expect(created().restore('[{"alarm":"readings_lost"},7]', 0)).toEqual([])
})

test('devices and the gateway share one list and one way to acknowledge', () => {
  const system = created()
  const rule = { device: 'press', name: 'hot', point: 'temp', priority: 'high', kind: 'threshold', high: 80 } as const
  const common = { hysteresis: 0, onDelayMs: 0, offDelayMs: 0 }
  const devices = createWatch([{ ...rule, ...common }], parts)
  const watch = withSystemAlarms(devices, 'gw', system)
  system.hear(failing, 0)
  watch.observe({ k: 'sample', device: 'press', t: 1, values: { temp: 90 } }, 1)
  expect(watch.list().map(({ alarm }) => alarm)).toEqual(['buffer_failing', 'hot'])
  expect(watch.acknowledge('press', 'hot', 'ann')).toMatchObject({ ok: true })
  expect(watch.acknowledge('gw', 'buffer_failing', 'ann')).toMatchObject({ ok: true })
  expect(watch.acknowledge('gw', 'none', 'ann')).toMatchObject({ ok: false })
})

test('whatever happens, the entries tell the states of the list', () => {
  const names = Object.keys(systemRules)
  const step = fc.record({ name: fc.constantFrom(...names), what: fc.constantFrom('on', 'off', 'ack', 'tick') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const alarms = created()
      const told = new Map<string, string>()
      for (const [index, { name, what }] of steps.entries()) {
        const [alarm] = Object.keys(systemRules).filter(known => known === name)
        const at = index * (quietMs / 3)
        const finding = { ...failing, alarm: alarm as typeof failing.alarm, active: what === 'on' }
        const acknowledged = what === 'ack' ? alarms.acknowledge(name, 'ann') : undefined
        const entries =
          what === 'tick'
            ? alarms.tick(at)
            : what === 'ack'
              ? acknowledged?.ok === true
                ? [acknowledged.entry]
                : []
              : [alarms.hear(finding, at)].filter(entry => entry !== undefined)
        for (const entry of entries) told.set(entry.alarm, entry.state)
      }
      const listed = new Map(alarms.list().map(({ alarm: one, state }) => [one, state]))
      expect(new Map([...told].filter(([, state]) => state !== 'normal'))).toEqual(listed)
    }),
    { numRuns: 200 },
  )
})
