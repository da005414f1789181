import { expect, test } from 'vitest'
import type { AgentStatus, DeviceView } from '../control/answers.ts'
import { isHealthy, judgeHealth } from './health.ts'

const device = (name: string, state: DeviceView['state'], reason?: string): DeviceView => ({
  name,
  profile: 'x/y',
  link: 'hall',
  state,
  readings: [],
  ...(reason !== undefined && { reason }),
})

const well: AgentStatus = {
  gateway: 'gw',
  version: '0',
  startedAt: 0,
  upMs: 0,
  links: [{ name: 'hall', kind: 'modbus_tcp', state: 'online' }],
  devices: [device('meter', 'online'), device('scale', 'waiting')],
  buffer: {
    waitingBatches: 3,
    waitingReadings: 34_108,
    waitingBytes: 9,
    committedReadings: 9,
    evictedReadings: 0,
  },
  uplink: { state: 'idle', lastReceiptAt: 1000, wireBytes: 1 },
  clock: { state: 'synchronised', source: 'service', correctionMs: 0, jumps: 0 },
  process: { cpuMs: 1, rssBytes: 1 },
}

test('all is well while devices answer, the disk takes commits and receipts come', () => {
  expect(judgeHealth(well, 2_000_000)).toEqual({ status: 'ok', problems: [], devices: { online: 2, all: 2 } })
})

test('a receiver out of reach degrades after a minute, with reason and what waits', () => {
  const out: AgentStatus = {
    ...well,
    uplink: { state: 'waiting', reason: 'token (403)', lastReceiptAt: 0, wireBytes: 1 },
  }
  expect(judgeHealth(out, 59_000).status).toBe('ok')
  const health = judgeHealth(out, 660_000)
  expect(health.status).toBe('degraded')
  expect(health.problems).toEqual(['nothing has reached the receiver for 11 min: token (403); 34,108 readings wait'])
  expect(isHealthy(health)).toBe(true)
})

test('devices that are not read are named, those left out by the configuration too', () => {
  const devices = [device('meter', 'online'), device('press', 'offline', 'no answer'), device('plug', 'misconfigured')]
  expect(judgeHealth({ ...well, devices }, 0)).toEqual({
    status: 'degraded',
    problems: ['press is offline: no answer', 'plug is misconfigured'],
    devices: { online: 1, all: 3 },
  })
})

test('links that do not work are named, with what of them does not', () => {
  const links: AgentStatus['links'] = [
    { name: 'hall', kind: 'modbus_tcp', state: 'starting' },
    { name: 'plant', kind: 'mqtt', state: 'offline', reason: 'the broker refuses: not authorized' },
    { name: 'yard', kind: 'mqtt', state: 'online', reason: 'the broker refuses the subscription to a/#' },
  ]
  expect(judgeHealth({ ...well, links }, 0).problems).toEqual([
    'link plant is offline: the broker refuses: not authorized',
    'link yard works in part: the broker refuses the subscription to a/#',
  ])
})

test('a clock that nobody vouches for degrades after a minute, and says why', () => {
  const clock = { state: 'doubtful', correctionMs: 0, jumps: 0, problem: 'it says 1970' } as const
  expect(judgeHealth({ ...well, clock }, 59_000).status).toBe('ok')
  expect(judgeHealth({ ...well, clock }, 60_000)).toMatchObject({
    status: 'degraded',
    problems: ['the clock is doubtful, readings wait until it is known: it says 1970'],
  })
})

test('a disk that refuses is failing', () => {
  const health = judgeHealth({ ...well, buffer: { ...well.buffer, failing: 'disk full' } }, 0)
  expect(health.status).toBe('failing')
  expect(isHealthy(health)).toBe(false)
})
