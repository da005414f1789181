import { expect, test } from 'vitest'
import type { BufferStats } from '../buffer/api.ts'
import type { LinkRefusals } from '../links/link.ts'
import { zeroDeviceCounters } from '../poll/status.ts'
import { createLiveValues } from '../pipeline/live-values.ts'
import { viewBroken, viewDevices } from './device-view.ts'
import { viewBuffer, viewUplink } from './status.ts'
import { loadConfig } from '../config/load.ts'
import { nodeConfigIo } from '../config/node-io.ts'

const { config } = loadConfig('lineside.yaml', {
  ...nodeConfigIo({}),
  read: () => `
gateway: gw
links: { hall: { modbus_tcp: "127.0.0.1:502" } }
devices: { climate: { profile: xy/md02, link: hall, unit_id: 1 } }
`,
})

function deviceWith(state: 'starting' | 'online' | 'offline', quality?: 'bad:refused', refusals?: LinkRefusals) {
  if (!config) throw new Error('the configuration is wrong')
  const live = createLiveValues(['climate'])
  const values = quality ? {} : { temperature: 21.5 }
  live.update({ k: 'sample', device: 'climate', t: 1, values, ...(quality && { quality: { temperature: quality } }) })
  const device = { name: 'climate', state, since: 0, lastError: 'no answer within 1s', counters: zeroDeviceCounters() }
  const link = { name: 'hall', kind: 'modbus_tcp', state: 'online', counters: {}, devices: [device] } as const
  const refusing = { ...link, ...(refusals && { refusals }) }
  return viewDevices(config, [refusing], live, 1000)[0]
}

test('a device is shown with state, unit and newest value', () => {
  expect(deviceWith('online')).toEqual({
    name: 'climate',
    profile: 'xy/md02',
    link: 'hall',
    state: 'online',
    since: 0,
    readings: [{ point: 'temperature', t: 1, value: 21.5, unit: 'Cel' }],
  })
  expect(deviceWith('starting')?.state).toBe('waiting')
})

test('a device that nothing came of says what its link refused, for it may be its client', () => {
  const refusals = { count: 1, text: 'a login with a wrong password, user plug', t: 0 }
  expect(deviceWith('starting', undefined, refusals)).toMatchObject({
    state: 'waiting',
    reason: 'no message yet; its link refused a client: a login with a wrong password, user plug',
  })
  expect(deviceWith('online', undefined, refusals)?.state).toBe('online')
})

test('an offline device says why, one with a bad point is degraded', () => {
  expect(deviceWith('offline')).toMatchObject({ state: 'offline', reason: 'no answer within 1s' })
  expect(deviceWith('online', 'bad:refused')).toMatchObject({ state: 'degraded' })
})

test('it is degraded since a point became bad, and online since the last one was good again', () => {
  if (!config) throw new Error('the configuration is wrong')
  const live = createLiveValues(['climate'])
  const device = { name: 'climate', state: 'online', since: 10, counters: zeroDeviceCounters() } as const
  const link = { name: 'hall', kind: 'modbus_tcp', state: 'online', counters: {}, devices: [device] } as const
  const view = (nowMs: number) => viewDevices(config, [link], live, nowMs)[0]
  const good = { k: 'sample', device: 'climate', values: { temperature: 21.5 } } as const
  const bad = { ...good, values: {}, quality: { temperature: 'bad:refused' } } as const
  live.update({ ...good, t: 100 })
  expect(view(150)).toMatchObject({ state: 'online', since: 10 })
  live.update({ ...bad, t: 200 })
  live.update({ ...bad, t: 300 })
  expect(view(350)).toMatchObject({ state: 'degraded', since: 200 })
  live.update({ ...good, t: 400 })
  live.update({ ...good, t: 500 })
  expect(view(550)).toMatchObject({ state: 'online', since: 400 })
})

test('a device that the configuration has wrong is there, with what is wrong', () => {
  expect(viewBroken({ device: 'press', reason: 'no profile' })).toMatchObject({ name: 'press', state: 'misconfigured' })
})

test('a gateway without a cloud has its uplink off', () => {
  expect(viewUplink(undefined, false)).toEqual({ state: 'off', wireBytes: 0 })
})

test('the age of what waits is never negative, also after the clock was set back', () => {
  const zero = { batches: 1, readings: 2, bytes: 3, entries: 2 }
  const stats: BufferStats = {
    run: 1,
    state: 'ok',
    waiting: zero,
    oldestMs: 5000,
    unwritten: 0,
    pending: zero,
    fileBytes: 0,
    committed: zero,
    evicted: zero,
    thinned: 0,
    dropped: zero,
    quarantined: zero,
    restarts: 0,
    healed: 0,
  }
  expect(viewBuffer(stats, 8000).oldestAgeMs).toBe(3000)
  expect(viewBuffer(stats, 1000).oldestAgeMs).toBe(0)
  expect(viewBuffer(stats, 1000).unopened).toBeUndefined()
  expect(viewBuffer({ ...stats, run: 0 }, 1000).unopened).toBe(true)
})
