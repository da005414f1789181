import { systemClock } from '@lineside/contract'
import { compileMqtt, type MqttProfile } from '@lineside/device-profiles'
import { Secret } from '@lineside/settings'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import { parseLedgerLine } from '../ledger/read-ledger.ts'
import type { Reply } from '../ledger/reply.ts'
import { builtinProfile } from '../plant/testing.ts'
import type { Plant } from '../plant/plant.ts'
import { playPlant, type PlayedPlant } from '../play-plant.ts'
import { type Published, WireBroker } from './testing.ts'

function mqttProfile(name: string): MqttProfile {
  const profile = builtinProfile(name)
  if (profile.protocol !== 'mqtt') throw new TypeError(name)
  return profile
}
const profile = mqttProfile('zigbee2mqtt/climate')
const topic = 'zigbee2mqtt/hall'

let broker: WireBroker
let running: PlayedPlant | undefined
beforeEach(() => {
  broker = new WireBroker()
})
afterEach(async () => {
  await end()
  await broker.close()
})

async function end(): Promise<void> {
  await running?.[Symbol.asyncDispose]()
  running = undefined
}

async function begin(port: number): Promise<() => Reply[]> {
  const plant: Plant = {
    seed: 1,
    links: new Map([
      [
        'sensors',
        {
          kind: 'mqtt',
          name: 'sensors',
          url: `mqtt://127.0.0.1:${port}`,
          username: 'hall',
          password: new Secret('x'),
        },
      ],
    ]),
    devices: new Map([
      [
        'hall',
        {
          name: 'hall',
          profile,
          link: 'sensors',
          unitId: 1,
          topic,
          params: {},
          everyMs: 10,
          points: new Map(),
          scenarios: [],
        },
      ],
    ]),
  }
  const lines: string[] = []
  const ledger = new Ledger({ write: text => void lines.push(text), close: async () => undefined })
  running = await playPlant(plant, { clock: systemClock, ledger, recordings: new Map() })
  return () => lines.map(line => parseLedgerLine(line.trim(), 'ledger'))
}

/** Values of messages, as the agent decodes them, those sent again left out. */
function valuesOf(published: readonly Published[]): Reply['points'][] {
  const compiled = compileMqtt(profile, { topic, params: {} })
  return published
    .filter(message => !message.duplicate)
    .flatMap(message => {
      const said = compiled.map(message.topic, Buffer.from(message.payload), { retained: false })
      return said?.ok === true && Object.keys(said.values).length > 0 ? [said.values] : []
    })
}

test('publishes at QoS 1, and the ledger holds what was acknowledged', async () => {
  const replies = await begin(await broker.listen())
  await broker.received(20)
  await end()
  expect(broker.published.every(message => message.qos === 1)).toBe(true)
  expect(broker.users).toEqual(['hall'])
  const values = valuesOf(broker.published)
  expect(values.length).toBeGreaterThan(10)
  expect(replies().map(reply => reply.points)).toEqual(values)
  expect(new Set(values.map(value => JSON.stringify(value))).size).toBe(values.length)
})

test('a message that is sent again after a lost connection is in the ledger once', async () => {
  broker.answer = n => (n === 5 ? 'drop_connection' : 'acknowledge')
  const replies = await begin(await broker.listen())
  await broker.received(12)
  await end()
  // The next one may have been under way as well when the connection ended.
  const again = broker.published.filter(message => message.duplicate).map(message => message.payload)
  expect(again).toContain(broker.published[4]?.payload)
  const ledgered = replies().map(reply => JSON.stringify(reply.points))
  expect(new Set(ledgered).size).toBe(ledgered.length)
  expect(ledgered.toSorted()).toEqual(
    valuesOf(broker.published)
      .map(values => JSON.stringify(values))
      .toSorted(),
  )
})

test('waits for a broker that is not there yet', async () => {
  const port = await broker.listen()
  await broker.close()
  const replies = await begin(port)
  broker = new WireBroker()
  await broker.listen(port)
  await broker.received(3)
  await end()
  expect(replies().length).toBeGreaterThan(0)
})

test('says that it is there and, at the end, that it goes', async () => {
  await begin(await broker.listen())
  await broker.received(4)
  await end()
  const said = broker.published.filter(message => message.topic.endsWith('/availability'))
  expect(said.map(message => message.payload.includes('online'))).toEqual([true, false])
  expect(said.every(message => message.retain)).toBe(true)
})
