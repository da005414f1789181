import { expect, test } from 'vitest'
import type { LineView } from '../control/answers.ts'
import { isLineKept } from './bus.ts'

const busy = { lastMinute: 0.1, last15Minutes: 0.1 }
const device = (state: 'starting' | 'online' | 'offline', p95Ms?: number): LineView['devices'][number] => {
  const known = { device: 'd', state, busy, busyMs: 0, wantedMs: 1000, missed: 0, overruns: 0 }
  return p95Ms === undefined ? known : { ...known, p95Ms }
}

test.each([
  ['one that is offline is not the fault of the line', [device('offline'), device('online', 1400)], true],
  ['one that is polled too late is', [device('online', 1000), device('online', 1600)], false],
  ['where none answers nothing is kept', [device('offline'), device('offline')], false],
  ['a line without devices has nothing to keep', [], true],
])('%s', (_, devices, isKept) => {
  expect(isLineKept({ devices })).toBe(isKept)
})
