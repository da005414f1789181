import { expect, test } from 'vitest'
import type { ActiveAlarm } from '../alarms/watch.ts'
import type { AgentConfig } from '../config/types.ts'
import { loadConfig } from '../config/load.ts'
import { nodeConfigIo } from '../config/node-io.ts'
import { createLiveValues } from '../pipeline/live-values.ts'
import { viewAlarms } from './alarm-view.ts'
import { asEntry } from './panels.ts'

const { config } = loadConfig('lineside.yaml', {
  ...nodeConfigIo({}),
  read: () => `
gateway: gw
links: { hall: { modbus_tcp: "127.0.0.1:502" } }
devices: { climate: { profile: xy/md02, link: hall, unit_id: 1 } }
`,
})
const { devices } = config ?? ({} as AgentConfig)
const hot: ActiveAlarm = {
  device: 'climate',
  alarm: 'hot',
  id: '00000000-0000-4000-8000-000000000001',
  state: 'acknowledged',
  priority: 'high',
  point: 'temperature',
  since: 1000,
  value: 86,
  limit: 80,
  text: 'temperature 86 is above 80',
}

test('of an active alarm is told that its point gives no value, since when and why', () => {
  const live = createLiveValues(['climate'])
  const unseen = () => viewAlarms([hot], { devices }, live, 9000)[0]?.unseen
  expect(unseen()).toEqual({ reason: 'nothing was read since the start of the agent' })
  live.update({ k: 'sample', device: 'climate', t: 1000, values: { temperature: 86 } })
  expect(viewAlarms([hot], { devices }, live, 9000)).toEqual([{ ...hot, asOf: 9000 }])
  const quality = { temperature: 'bad:communication' } as const
  for (const t of [2000, 3000]) live.update({ k: 'sample', device: 'climate', t, values: {}, quality })
  expect(unseen()).toEqual({ reason: 'bad:communication', since: 2000 })
  const over = { since: 1500, text: 'temperature 70 is back' }
  const alarms = [{ ...hot, state: 'rtn_unacknowledged', over } as const, { ...hot, device: 'gw', point: 'buffer' }]
  expect(viewAlarms(alarms, { devices }, live, 9000).map(alarm => alarm.unseen)).toEqual([undefined, undefined])
})

test('a panel that comes later is told of a return as of a return', () => {
  const { device, alarm, id, priority, point, limit } = hot
  const common = { k: 'alarm', device, alarm, id, priority, point, limit }
  expect(asEntry(hot)).toEqual({ ...common, t: 1000, event: 'raised', state: hot.state, value: 86, text: hot.text })
  const over = { since: 1500, text: 'temperature 70 is back' }
  const state = 'rtn_unacknowledged'
  expect(asEntry({ ...hot, state, over })).toEqual({ ...common, t: 1500, event: 'returned', state, text: over.text })
})
