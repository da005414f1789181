import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadConfig } from '../load.ts'
import { textIo } from '../testing.ts'

const profile = `profile: own/plug
vendor: Own
model: Plug
protocol: mqtt
topic: { description: topic as set on the plug, example: plug7 }
messages:
  sensor: { topic: "tele/{topic}/SENSOR" }
  will: { topic: "tele/{topic}/LWT", payload: text, available: { online: Online, offline: Offline } }
  power: { topic: "{topic}", payload: text }
points:
  power: { from: [{ message: sensor, path: power }, { message: power }], type: number }
`

function lines(publish: string): readonly string[] {
  const config = `gateway: gw
profiles: ./profiles
links: { sensors: { broker: "127.0.0.1:1883", users: { plug: { password: { file: secret }, publish: [ "${publish}" ] } } } }
devices: { plug: { profile: own/plug, link: sensors, topic: hall/plug7 } }
`
  const io = textIo({
    'l.yaml': config,
    'profiles/own/plug.yaml': profile,
    './profiles/own/plug.yaml': profile,
    secret: 'x',
  })
  return loadConfig('l.yaml', io).problems.map(problem => formatProblem(problem).replace(/^l\.yaml:\d+:\d+ /, ''))
}

test('a device whose topics lie in several places is told all that its user must be allowed', () => {
  expect(lines('plugs/#')).toStrictEqual([
    'devices.plug.topic: no user of sensors may publish to hall/plug7; write publish: [ "tele/hall/plug7/#", "hall/plug7/#" ] at its user under links.sensors',
  ])
})

test('one of its topics is enough', () => {
  expect(lines('tele/hall/plug7/#')).toStrictEqual([])
  expect(lines('hall/+')).toStrictEqual([])
})
