import { expect, test } from 'vitest'
import { createLiveValues } from '../pipeline/live-values.ts'
import { zeroDeviceCounters } from '../poll/status.ts'
import { correctedAlarm, correctedLink, correctedLive } from './corrected.ts'

/** Only what was stamped before 100 was stamped by a wrong clock. */
const correct = (t: number) => (t < 100 ? t + 1000 : t)

test('readings are as old as they are', () => {
  const live = createLiveValues(['press'])
  const quality = { vib: 'bad:sensor_failure' } as const
  live.update({ k: 'sample', device: 'press', t: 5, values: { temp: 20 }, quality })
  live.update({ k: 'sample', device: 'press', t: 200, values: { temp: 21 } })
  const of = correctedLive(live, correct).of('press')
  expect(of.get('temp')).toMatchObject({ t: 200, value: 21 })
  expect(of.get('vib')).toMatchObject({ t: 1005, turnedAt: 1005, quality: 'bad:sensor_failure' })
  expect(live.of('press').get('vib')).toMatchObject({ t: 5 })
})

test('devices and links have been in their state for as long as they have', () => {
  const refused = [{ points: ['temp'], what: 'holding register 40', since: 7 }]
  const device = { name: 'press', state: 'online', since: 5, lastValue: 200, refused, counters: zeroDeviceCounters() }
  const link = { name: 'hall', kind: 'broker', state: 'online', counters: {} } as const
  const refusals = { count: 1, text: 'a login', t: 9 }
  const before = { ...link, refusals, devices: [{ ...device, state: 'online' } as const] }
  expect(correctedLink(before, correct)).toEqual({
    ...link,
    refusals: { ...refusals, t: 1009 },
    devices: [{ ...device, since: 1005, refused: [{ ...refused[0], since: 1007 }] }],
  })
})

test('alarms are active, and over, for as long as they are', () => {
  const alarm = {
    device: 'press',
    alarm: 'hot',
    id: '00000000-0000-4000-8000-000000000001',
    state: 'rtn_unacknowledged',
    priority: 'high',
    point: 'temp',
    since: 5,
    text: 'temp 86 is above 80',
  } as const
  expect(correctedAlarm(alarm, correct)).toEqual({ ...alarm, since: 1005 })
  const over = { since: 9, text: 'temp 70 is back' }
  expect(correctedAlarm({ ...alarm, over }, correct)).toMatchObject({ since: 1005, over: { ...over, since: 1009 } })
})
