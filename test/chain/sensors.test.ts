import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import mqtt from 'mqtt'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { agentStatus, createFolder, linkOnline, startProgram, until } from '../program.ts'

const sensors = 1000
const messages = 8
const profile = `profile: test/sensor
vendor: Test
model: Sensor
protocol: mqtt
topic: { description: base topic, example: plant/s0 }
sources: [ { title: made for this test, confidence: high } ]
messages:
  state: { topic: "{topic}/state" }
points:
  n: { from: { message: state, path: n }, type: integer }
`

test('a thousand sensors at one message a second: every message is acknowledged and stored, in bounded memory', async () => {
  const [broker = 0, page = 0] = await freePorts(2)
  const all = Array.from({ length: sensors }, (_, i) => i)
  using folder = createFolder({
    'lineside.yaml': `
gateway: sensors
profiles: ./profiles
storage: { path: ./buffer, max_size: 200MB }
page: { listen: "127.0.0.1:${page}" }
links: { hall: { broker: "127.0.0.1:${broker}", users: { s: { password: { file: secret }, publish: [ "plant/#" ] } } } }
templates: { sensor: { profile: test/sensor, link: hall, every: 1m } }
devices:
${all.map(i => `  s${i}: { use: sensor, topic: plant/s${i} }`).join('\n')}
`,
    'profiles/test/sensor.yaml': profile,
    secret: 'x\n',
  })
  await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
  const buffer = join(folder.path, 'buffer')
  await linkOnline(buffer, 'hall')
  const url = `mqtt://127.0.0.1:${broker}`
  const clients = await Promise.all(
    all.map(i => mqtt.connectAsync(url, { clientId: `s${i}`, username: 's', password: 'x', connectTimeout: 60_000 })),
  )
  const before = (await agentStatus(buffer))?.process.rssBytes ?? 0
  // Each sensor at a moment of its own within the second.
  await Promise.all(
    clients.map(async (client, i) => {
      await wait(i)
      for (let n = 0; n < messages; n++) {
        await Promise.all([client.publishAsync(`plant/s${i}/state`, JSON.stringify({ n }), { qos: 1 }), wait(1000)])
      }
    }),
  )
  const after = await until('every reading', async () => {
    const status = await agentStatus(buffer)
    return status?.buffer.committedReadings === sensors * messages ? status : undefined
  })
  expect(after.devices.filter(({ readings }) => readings[0]?.value !== messages - 1)).toEqual([])
  expect(after.devices.filter(({ state }) => state !== 'online')).toEqual([])
  // Far from 1,000 of anything that grows: a message of this kind has some 100 bytes.
  expect(after.process.rssBytes - before).toBeLessThan(100_000_000)
  await Promise.all(clients.map(client => client.endAsync(true)))
  expect(await agent.stop(), agent.output()).toBe(0)
})
