import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSystemAlarms } from '../alarms/system.ts'
import type { UplinkStatus } from './api.ts'
import { awayAfterMs, watchOverUplink } from './watch-uplink.ts'

test('an alarm is raised once when the receiver took nothing for long, and ends when it takes something', () => {
  const clock = new FakeClock()
  const system = createSystemAlarms('gw', { now: () => clock.now(), newId: randomUUID })
  const counters = { requests: 1, failures: 1, ackedBatches: 0, rejectedBatches: 0, wireBytes: 1 }
  let status: UplinkStatus = { state: 'idle', ...counters }
  const look = watchOverUplink({ status: () => status }, system, clock)
  expect(look()).toBeUndefined()
  const failing = { ...status, state: 'waiting', reason: 'connect ECONNREFUSED' } as const
  status = { ...failing, failingForMs: awayAfterMs - 1 }
  expect(look()).toBeUndefined()
  status = { ...failing, failingForMs: awayAfterMs }
  expect(look()).toMatchObject({
    device: 'gw',
    alarm: 'receiver_away',
    event: 'raised',
    priority: 'medium',
    text: 'the receiver has taken nothing for 10 minutes: connect ECONNREFUSED',
  })
  status = { ...failing, state: 'sending', failingForMs: 3 * awayAfterMs }
  expect(look()).toBeUndefined()
  status = { state: 'idle', ...counters }
  expect(look()).toMatchObject({ alarm: 'receiver_away', event: 'returned', state: 'rtn_unacknowledged' })
  expect(look()).toBeUndefined()
})
