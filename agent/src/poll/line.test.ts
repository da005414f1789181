import { expect, test } from 'vitest'
import { type DeviceHealth, startingHealth } from './backoff.ts'
import { chooseNext, type LineDevice, probesFrom } from './line.ts'
import { createSchedule } from './schedule.ts'

function device(dueMs: number, health: Partial<DeviceHealth> = {}, urgent = false): LineDevice {
  return {
    schedule: createSchedule([{ name: 'a', everyMs: 1000, urgent }], dueMs),
    health: { ...startingHealth(0), ...health },
    busy: false,
  }
}
const offline = (probeAtMs: number) => device(0, { state: 'offline', probeAtMs })

test('the device that has been due for longest is next', () => {
  const [late, later] = [device(10), device(5)]
  expect(chooseNext([late, later], 20, 0)).toEqual({ kind: 'poll', device: later })
})

test('a device that alarms watch goes before one that was due a moment earlier, but not before one long overdue', () => {
  const [plain, watched] = [device(100), device(200, {}, true)]
  expect(chooseNext([plain, watched], 300, 0)).toEqual({ kind: 'poll', device: watched })
  const [overdue, watchedToo] = [device(-900), device(200, {}, true)]
  expect(chooseNext([overdue, watchedToo], 300, 0)).toEqual({ kind: 'poll', device: overdue })
})

test('with nothing due the line waits for the first that will be', () => {
  expect(chooseNext([device(700), device(300)], 100, 0)).toEqual({ kind: 'wait', untilMs: 300 })
})

test('a device under way is not asked again', () => {
  const busy = device(0)
  busy.busy = true
  expect(chooseNext([busy], 100, 0)).toEqual({ kind: 'wait', untilMs: Number.POSITIVE_INFINITY })
})

test('an offline device is not polled; its probe waits for its back-off and for the budget of the line', () => {
  const healthy = device(10_000)
  expect(chooseNext([offline(500), healthy], 100, 0)).toEqual({ kind: 'wait', untilMs: 500 })
  expect(chooseNext([offline(500), healthy], 600, 900)).toEqual({ kind: 'wait', untilMs: 900 })
  expect(chooseNext([offline(500), healthy], 900, 900)).toMatchObject({ kind: 'probe' })
})

test('where no device is alive the budget protects nobody and does not hold', () => {
  expect(chooseNext([offline(500), offline(700)], 600, 9000)).toMatchObject({ kind: 'probe' })
})

test('unanswered probes of 1 s take one part in twenty of the line', () => {
  expect(probesFrom(1000, 1000)).toBe(20_000)
})
