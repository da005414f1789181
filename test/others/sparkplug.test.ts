import { join } from 'node:path'
import mqtt from 'mqtt'
import * as tahu from 'sparkplug-payload'
import { expect, test } from 'vitest'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith } from '../needs.ts'
import { agentStatus, createFolder, deviceValues, startProgram, until } from '../program.ts'
import { startMosquitto } from './mosquitto-server.ts'

type Payload = Parameters<NonNullable<ReturnType<typeof tahu.get>>['encodePayload']>[0]

const profile = `profile: test/press
vendor: Test
model: Press
protocol: sparkplug
sources: [ { title: made for this test, confidence: high } ]
points:
  force: { metric: Inputs/Force, type: number, unit: N }
  strokes: { metric: Inputs/Strokes, type: integer }
`

/** An edge node as others write it: births at the start and when asked, data by alias, a death as its will. */
function edgeNode(port: number) {
  const codec = tahu.get('spBv1.0')
  if (!codec) throw new Error('sparkplug-payload knows no spBv1.0')
  const encode = (payload: Payload) => Buffer.from(codec.encodePayload(payload))
  const timestamp = 1_763_700_000_000
  const bdSeq = { name: 'bdSeq', type: 'UInt64' as const, value: 3 }
  const will = { topic: 'spBv1.0/plant/NDEATH/edge', payload: encode({ timestamp, metrics: [bdSeq] }), qos: 1 as const }
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    clientId: 'edge',
    reconnectPeriod: 0,
    will: { ...will, retain: false },
  })
  let seq = 0
  const say = (type: string, metrics: NonNullable<Payload['metrics']>, device = '') =>
    client.publish(`spBv1.0/plant/${type}/edge${device}`, encode({ timestamp, metrics, seq: seq++ % 256 }))
  const births = () => {
    seq = 0
    say('NBIRTH', [bdSeq, { name: 'Node Control/Rebirth', type: 'Boolean', value: false }])
    const force = { name: 'Inputs/Force', alias: 7, type: 'Float' as const, value: 1.5 }
    say('DBIRTH', [force, { name: 'Inputs/Strokes', alias: 8, type: 'Int32', value: -4 }], '/press')
  }
  const commands: unknown[] = []
  client.subscribe('spBv1.0/plant/NCMD/edge')
  client.on('message', (_topic, payload) => {
    commands.push(codec.decodePayload(payload).metrics?.map(({ name, value }) => ({ name, value })))
    births()
  })
  return {
    client,
    commands,
    births,
    data: (force: number) => say('DDATA', [{ alias: 7, type: 'Float', value: force } as never], '/press'),
  }
}

describeWith(['mosquitto'], 'a Sparkplug node of another make', () => {
  test('is asked for its births, read by alias, and gone with its will', async () => {
    const [brokerPort = 0, pagePort = 0] = await freePorts(2)
    using folder = createFolder({
      'lineside.yaml': `
gateway: others
profiles: ./profiles
storage: { path: ./buffer, max_size: 100MB }
page: { listen: "127.0.0.1:${pagePort}" }
links: { plant: { mqtt: "mqtt://127.0.0.1:${brokerPort}" } }
devices:
  press: { profile: test/press, link: plant, sparkplug: { group: plant, node: edge, device: press } }
`,
      'profiles/test/press.yaml': profile,
    })
    await using broker = await startMosquitto(folder.path, brokerPort, [
      `listener ${brokerPort} 127.0.0.1`,
      'allow_anonymous true',
    ])
    const edge = edgeNode(brokerPort)
    await new Promise<void>(resolve => void edge.client.once('connect', () => resolve()))
    // These births nobody hears.
    edge.births()
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
    const buffer = join(folder.path, 'buffer')
    expect(await deviceValues(buffer, 'press', ['force', 'strokes'])).toEqual({ force: 1.5, strokes: -4 })
    expect(edge.commands[0]).toEqual([{ name: 'Node Control/Rebirth', value: true }])
    edge.data(2.25)
    await until('the new force', async () =>
      (await deviceValues(buffer, 'press', ['force']))['force'] === 2.25 ? true : undefined,
    )
    edge.client.stream.destroy()
    const gone = await until('the death', async () => {
      const device = (await agentStatus(buffer))?.devices[0]
      return device?.state === 'offline' ? device : undefined
    })
    expect(gone.reason).toBe('node edge died')
    edge.client.end(true)
    expect(broker.output()).toMatch(/Received PUBLISH/)
    expect(await agent.stop(), agent.output()).toBe(0)
  })
})
