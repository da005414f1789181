import type { AlarmEntry } from '@lineside/contract'
import { expect, test } from 'vitest'
import { formatAlarmLine } from './alarm-line.ts'
import { type Publish, publishAlarm } from './alarm-topic.ts'

const raised: AlarmEntry = {
  k: 'alarm',
  t: Date.UTC(2026, 0, 2, 3, 4, 5),
  device: 'press_3',
  alarm: 'bearing_hot',
  id: '7c1f',
  event: 'raised',
  state: 'unacknowledged',
  priority: 'high',
  text: '86.2 above 80',
  message: 'Bearing too hot',
  action: 'Stop the press',
}

test('a raised alarm says when, which, why and what to do', () => {
  expect(formatAlarmLine(raised)).toBe(
    '2026-01-02 03:04:05Z  RAISED        high      press_3 bearing_hot  86.2 above 80; Bearing too hot; Stop the press',
  )
})

test('an acknowledged alarm says by whom', () => {
  expect(formatAlarmLine({ ...raised, event: 'acknowledged', state: 'acknowledged', by: 'anna' })).toContain('by anna')
})

test('a topic gets the alarms of its priority and above, retained', async () => {
  const sent: string[] = []
  const publish: Publish = (topic, payload) => {
    sent.push(`${topic} ${String(payload)}`)
    return Promise.resolve({ ok: true })
  }
  const notify = { name: 'panel', kind: 'mqtt', link: 'sensors', topic: 'lineside/gw/alarms' } as const
  await publishAlarm(raised, { ...notify, minPriority: 'critical' }, publish)
  expect(sent).toEqual([])
  await publishAlarm(raised, { ...notify, minPriority: 'high' }, publish)
  expect(sent).toEqual([`lineside/gw/alarms/press_3/bearing_hot ${JSON.stringify(raised)}`])
})
