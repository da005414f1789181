import { expect, test } from 'vitest'
import type { Link } from '../links/link.ts'
import { zeroDeviceCounters } from '../poll/status.ts'
import { viewLines } from './line-view.ts'

const shares = { lastMinute: 0.1, last15Minutes: 0.1 }

/** A line with a device in this state. */
function line(state: 'online' | 'offline'): Link {
  const use = { device: 'd', busy: shares, busyMs: 100, wantedMs: 1000, medianMs: 1000, p95Ms: 1800 }
  const counters = { ...zeroDeviceCounters(), missed: 40 }
  return {
    name: 'hall',
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    use: () => ({ lanes: 1, busy: shares, late: [], lateMs: 0, devices: [use] }),
    status: () => ({
      name: 'hall',
      kind: 'modbus_tcp',
      state: 'online',
      counters: {},
      devices: [{ name: 'd', state, since: 0, counters }],
    }),
  }
}

test('how a device was polled is shown while it answers, and what it missed always', () => {
  const [online] = viewLines([line('online')])
  expect(online?.devices).toMatchObject([{ medianMs: 1000, p95Ms: 1800, missed: 40 }])
  const [offline] = viewLines([line('offline')])
  expect(offline?.devices).toEqual([
    { device: 'd', state: 'offline', busy: shares, busyMs: 100, wantedMs: 1000, missed: 40, overruns: 0 },
  ])
})
