import { type Clock, sleep } from '@lineside/contract'
import type { EncodedMessage } from '@lineside/device-profiles'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { MqttDevice } from '../devices/mqtt-device.ts'
import type { Playing } from '../devices/playing.ts'
import { type MadeMessage, makeMessage } from '../devices/text-message.ts'
import type { MqttClientLink } from '../plant/plant.ts'
import type { LinkPlayer } from './link-player.ts'
import { RedeliveryStore } from './redelivery-store.ts'
import { repeat } from './repeat.ts'

/** Messages that wait for their PUBACK; a device with more of them skips its turn. */
const mostInFlight = 100

/** Time between attempts to reach the broker. */
const reconnectMs = 250

/** Longest that the end waits for PUBACKs. */
const endWithinMs = 3_000

/**
 * Devices that publish to a broker at QoS 1 (Sparkplug nodes at QoS 0, as it wants them to), each over a connection of its own, which is tried until the broker is
 * there. A message is in the ledger when its PUBACK came: once, however often it had to be sent again. Those whose
 * PUBACK is out at the end are there as unconfirmed.
 */
export function playMqtt(link: MqttClientLink, devices: readonly MqttDevice[], playing: Playing): LinkPlayer {
  const publishers = devices.map(device => publish(link, device, playing))
  return {
    name: link.name,
    kind: link.kind,
    address: link.url,
    async [Symbol.asyncDispose]() {
      await Promise.all(publishers.map(publisher => publisher[Symbol.asyncDispose]()))
    },
  }
}

function publish(link: MqttClientLink, device: MqttDevice, playing: Playing): AsyncDisposable {
  const client = connect(link.url, optionsFor(link, device))
  const inFlight = new Set<MadeMessage<EncodedMessage>>()
  let wasSilent = false
  if (device.asked !== undefined) client.subscribe(device.asked)
  client.on('message', () => {
    if (!wasSilent) for (const message of device.availability(true)) send(client, message)
  })
  // Each session has a will of its own.
  client.on('reconnect', () => Object.assign(client.options, willOf(device)))
  client.on('connect', () => {
    wasSilent = false
    for (const message of device.availability(true)) send(client, message)
  })
  // Refused and lost connections: the client tries again by itself.
  client.on('error', () => undefined)

  const turns = repeat(playing.clock, device.everyMs, () => {
    if (!client.connected) return
    const silent = device.sources.isSilent(playing.elapsed())
    if (silent !== wasSilent) for (const message of device.availability(!silent)) send(client, message)
    wasSilent = silent
    if (silent) return
    for (const message of device.messages) {
      if (inFlight.size >= mostInFlight) return
      const made = makeMessage(message, playing)
      if (made === undefined) continue
      inFlight.add(made)
      send(client, made.encoded, error => {
        if (!inFlight.delete(made)) return
        const sure = !error && made.encoded.qos !== 0
        for (const draft of made.drafts) playing.ledger.add(draft, sure ? undefined : 'unconfirmed')
      })
    }
  })
  return {
    async [Symbol.asyncDispose]() {
      turns.cancel()
      await settled(() => inFlight.size === 0 || !client.connected, playing.clock)
      const isThere = client.connected
      if (isThere) for (const message of device.availability(false)) send(client, message)
      if (isThere) {
        const ended = new AbortController()
        await Promise.race([client.endAsync(), sleep(playing.clock, endWithinMs, ended.signal)])
        ended.abort()
      }
      for (const { drafts } of inFlight) for (const draft of drafts) playing.ledger.add(draft, 'unconfirmed')
      inFlight.clear()
      await client.endAsync(true)
    },
  }
}

function send(client: MqttClient, message: EncodedMessage, done?: (error?: Error) => void): void {
  const { topic, payload, retain, qos = 1 } = message
  client.publish(topic, Buffer.from(payload), { qos, retain }, error => done?.(error))
}

function optionsFor(link: MqttClientLink, device: MqttDevice): IClientOptions {
  return {
    clientId: `sim-${device.name}`,
    reconnectPeriod: reconnectMs,
    connectTimeout: 5_000,
    clean: true,
    outgoingStore: new RedeliveryStore(),
    ...(link.username === undefined ? {} : { username: link.username }),
    ...(link.password === undefined ? {} : { password: link.password.reveal() }),
    ...willOf(device),
  }
}

function willOf(device: MqttDevice): Pick<IClientOptions, 'will'> {
  const will = device.will()
  if (will === undefined) return {}
  return { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: will.retain } }
}

/** Waits until something is true, at most `endWithinMs`. */
async function settled(isTrue: () => boolean, clock: Clock): Promise<void> {
  const until = clock.monotonic() + endWithinMs
  while (!isTrue() && clock.monotonic() < until) await sleep(clock, 20)
}
