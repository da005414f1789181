import { pino } from 'pino'
import { expect, test } from 'vitest'
import { PointIds, ReadingCounts } from '../batch/point-ids.ts'
import { Pending } from './pending.ts'
import { tellLost } from './tell-lost.ts'

test('what is in memory at the stop is told once, with readings, devices and why; nothing is told where nothing is', () => {
  const lines: string[] = []
  const log = pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) })
  const points = new PointIds()
  const pending = new Pending(points, 1e6)
  tellLost(log, pending.take(false, Infinity), points)
  expect(lines).toEqual([])
  for (const device of ['a', 'b', 'a']) {
    pending.add('data', 'line', { k: 'sample', device, t: 1, values: { p: 1, q: 2 } }, undefined)
  }
  pending.add('alarms', 'line', undefined, undefined)
  points.count({ k: 'sample', device: 'elsewhere', t: 1, values: { p: 1 } }, new ReadingCounts())
  tellLost(log, pending.take(false, Infinity), points, 'the disk is full')
  expect(lines.map(line => JSON.parse(line))).toEqual([
    {
      level: 50,
      readings: 6,
      devices: 2,
      alarms: 1,
      reason: 'the disk is full',
      msg: 'lost at the stop: what the disk did not take was only in memory',
    },
  ])
})
