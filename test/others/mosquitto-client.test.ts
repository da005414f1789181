import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import { expect, test } from 'vitest'
import { createUplinkSwitch } from '../../demo/src/uplink-switch.ts'
import { freePorts } from '../../demo/src/free-ports.ts'
import { describeWith } from '../needs.ts'
import { createFolder, linkOnline, type RunningProgram, startProgram, until } from '../program.ts'
import { startMosquitto } from './mosquitto-server.ts'

const counterProfile = `profile: test/counter
vendor: Test
model: Counter
protocol: mqtt
topic: { description: base topic, example: plant/counter }
sources: [ { title: made for this test, confidence: high } ]
messages:
  state: { topic: "{topic}/state" }
points:
  n: { from: { message: state, path: n }, type: integer }
`

/** Messages that Mosquitto sends without an acknowledgement: its own default for MQTT 3.1.1. */
const inFlight = 20

/** Every n of the commit journal, in the order of the commits. */
function committed(journal: string): number[] {
  return readFileSync(journal, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => (JSON.parse(line) as { lines: string[] }).lines)
    .flatMap(line => {
      const entry = JSON.parse(line) as { k: string; values?: { n?: number } }
      return entry.k === 'sample' && entry.values?.n !== undefined ? [entry.values.n] : []
    })
}

describeWith(['mosquitto'], 'the agent as a client of Mosquitto', () => {
  test.each([
    ['MQTT 5', '5'],
    ['MQTT 3.1.1', '3.1.1'],
  ])('loses no message over cuts, kills of the agent and kills of the broker: %s', async (_name, version) => {
    const [brokerPort = 0, pagePort = 0] = await freePorts(2)
    await using cable = await createUplinkSwitch(brokerPort)
    using folder = createFolder({
      'lineside.yaml': `
gateway: others
profiles: ./profiles
storage: { path: ./buffer, max_size: 100MB, commit_every: 200ms }
page: { listen: "127.0.0.1:${pagePort}" }
links:
  plant: { mqtt: "mqtt://127.0.0.1:${cable.port}", version: "${version}", max_unacknowledged: ${inFlight} }
devices:
  counter: { profile: test/counter, link: plant, topic: plant/counter }
`,
      'profiles/test/counter.yaml': counterProfile,
    })
    const buffer = join(folder.path, 'buffer')
    const journal = join(folder.path, 'journal')
    await using broker = await startMosquitto(folder.path, brokerPort, [
      `listener ${brokerPort} 127.0.0.1`,
      'allow_anonymous true',
      'max_queued_messages 0',
    ])
    const start = async () => {
      const program = startProgram('lineside', ['run', 'lineside.yaml'], folder.path, {
        LINESIDE_COMMIT_JOURNAL: journal,
      })
      await linkOnline(buffer, 'plant')
      return program
    }
    let agent: RunningProgram = await start()
    const publisher = mqtt.connect(`mqtt://127.0.0.1:${brokerPort}`, {
      clientId: 'sensor',
      clean: false,
      reconnectPeriod: 100,
    })
    const publish = countingPublisher(publisher)
    const allOf = async (count: number) => {
      const missing = () => {
        const found = new Set(committed(journal))
        return Array.from({ length: count }, (_, n) => n).filter(n => !found.has(n))
      }
      await until(
        () => `all messages; missing ${missing().join(' ')}`,
        () => (missing().length === 0 ? true : undefined),
      )
    }
    try {
      for (let cut = 0; cut < 4; cut++) {
        const published = publish(100)
        cable.cut()
        await published
        cable.restore()
      }
      // While nobody is killed what is sent again is known.
      await allOf(await publish(100))
      expect(committed(journal)).toHaveLength(500)
      await agent.stop('SIGKILL')
      await publish(100)
      agent = await start()
      await publish(100)
      await broker.persist()
      await broker.kill()
      await broker.start()
      await publish(100)
      cable.cut()
      await agent.stop('SIGKILL')
      await broker.persist()
      await broker.kill()
      await broker.start()
      await publish(100)
      cable.restore()
      agent = await start()
      const acknowledged = await publish(100)
      await allOf(acknowledged)
      // A killed agent gets again what was under way; a killed broker sends again what it had in its queue when it
      // wrote it down, up to the hundred that were published before, under new ids.
      const most = 2 * inFlight + 2 * (inFlight + 100)
      expect(committed(journal).length - acknowledged).toBeLessThanOrEqual(most)
      expect(await agent.stop(), agent.output()).toBe(0)
    } finally {
      publisher.end(true)
      await agent.stop('SIGKILL')
    }
  })
})

/** Publishes the next so many numbers at QoS 1; resolves with how many are acknowledged so far. */
function countingPublisher(client: MqttClient): (count: number) => Promise<number> {
  let next = 0
  return async count => {
    await Promise.all(
      Array.from({ length: count }, () =>
        client.publishAsync('plant/counter/state', JSON.stringify({ n: next++ }), { qos: 1 }),
      ),
    )
    return next
  }
}
