import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadConfig } from '../load.ts'
import { textIo } from '../testing.ts'

const profile = `profile: own/loop
vendor: Own
model: Loop
protocol: modbus
points:
  current: { holding: 2, type: uint16, scale: 0.1, unit: mA, range: [0, 25] }
  voltage: { holding: 3, type: uint16, unit: V, range: [0, 10] }
alarms:
  loop_fault: { point: current, high: 21, low: 3.6, hysteresis: 0.1, on_delay: 5s, message: Loop is broken, action: Check it }
`

function load(alarms: string) {
  const config = `gateway: gw
profiles: ./profiles
links: { line: { modbus_tcp: "192.0.2.10:502" } }
devices: { loop_3: { profile: own/loop, link: line, unit_id: 1, ${alarms} } }
`
  const io = textIo({ 'l.yaml': config, './profiles/own/loop.yaml': profile, 'profiles/own/loop.yaml': profile })
  const { config: loaded, problems } = loadConfig('l.yaml', io)
  const lines = problems.map(problem => formatProblem(problem).replace(/^l\.yaml:\d+:\d+ /, ''))
  return { alarms: [...(loaded?.devices.values() ?? [])].flatMap(device => device.alarms), lines }
}

test('an alarm that a profile proposes is off unless the device takes it over', () => {
  expect(load('tags: {}').alarms).toStrictEqual([])
  const { alarms, lines } = load('alarms: { loop_fault: default }')
  expect(lines).toStrictEqual([])
  expect(alarms).toMatchObject([
    { device: 'loop_3', name: 'loop_fault', point: 'current', high: 21, low: 3.6, onDelayMs: 5000, priority: 'medium' },
  ])
})

test('an own alarm of that name takes its place', () => {
  expect(load('alarms: { loop_fault: { point: current, low: 4 } }').alarms).toMatchObject([{ low: 4, onDelayMs: 0 }])
})

test('a name that the profile does not propose is told', () => {
  expect(load('alarms: { loop_fualt: default }').lines).toStrictEqual([
    'devices.loop_3.alarms.loop_fualt: own/loop proposes no alarm loop_fualt; did you mean loop_fault?',
  ])
})

test('a proposed alarm on a point that is off is told', () => {
  expect(load('points: { current: off }, alarms: { loop_fault: default }').lines.join()).toContain('current is off')
})
