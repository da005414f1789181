import { expect, test } from 'vitest'
import type { AlarmView } from '../control/answers.ts'
import { whyOf } from './alarms.ts'

const minute = 60_000
const bare: AlarmView = {
  device: 'press_3',
  alarm: 'hot',
  id: '00000000-0000-4000-8000-000000000001',
  state: 'unacknowledged',
  priority: 'high',
  point: 'temperature',
  since: 0,
  asOf: 20 * minute,
  text: 'temperature 86 is above 80',
}
const hot: AlarmView = { ...bare, message: 'Bearing too hot', action: 'Stop the press' }

test.each<[string, AlarmView, string]>([
  ['active', hot, 'Bearing too hot; temperature 86 is above 80; Stop the press'],
  ['bare', bare, 'temperature 86 is above 80'],
  [
    'not seen',
    { ...hot, unseen: { since: 16 * minute, reason: 'bad:communication' } },
    'Bearing too hot; temperature 86 is above 80; temperature gives no value for 4 min (bad:communication): whether it still is so nobody knows; Stop the press',
  ],
  [
    'not seen yet',
    { ...hot, unseen: { reason: 'nothing was read since the start of the agent' } },
    'Bearing too hot; temperature 86 is above 80; nothing was read since the start of the agent: whether it still is so nobody knows; Stop the press',
  ],
  [
    'over',
    { ...hot, state: 'rtn_unacknowledged', over: { since: 17 * minute, text: 'temperature 76 is back' } },
    'Bearing too hot; over for 3 min: temperature 76 is back; raised by: temperature 86 is above 80',
  ],
])('an alarm that is %s', (_name, alarm, text) => {
  expect(whyOf(alarm)).toBe(text)
})
