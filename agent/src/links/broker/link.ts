import { createServer, type Server, type Socket } from 'node:net'
import { sleep, messageOf } from '@lineside/contract'
import { Aedes } from 'aedes'
import type { BrokerLinkConfig, DeviceConfig } from '../../config/types.ts'
import { createBrokerAccess } from './access.ts'
import { type BrokerCounters, type BrokerLimits, fixedBrokerLimits, zeroBrokerCounters } from './limits.ts'
import { createBrokerIntake } from './intake.ts'
import { createMqttDevices, type MqttDevices } from '../mqtt/devices.ts'
import type { LinkContext } from '../../intake.ts'
import type { Link, LinkStatus, Published, PublishOptions } from '../link.ts'
import { LinkState } from '../link-state.ts'
import { Refusals } from './refusals.ts'
import { limitPackets } from '../mqtt/packet-meter.ts'

/** How long the end waits for messages that are not committed yet, so that they are not sent again after it. */
const farewellMs = 3000

/**
 * The embedded MQTT broker: sensors publish to it, people and programs subscribe.
 *
 * Delivery guarantees: a QoS 1 or 2 message of a device is acknowledged when its samples are committed; a message
 * sent again because its acknowledgement was lost is not stored twice, unless the agent was restarted in between.
 * Sessions are not kept: what a subscriber misses while it is away is gone, but for retained messages.
 */
export class BrokerLink implements Link {
  readonly name: string
  readonly #config: BrokerLinkConfig
  readonly #context: LinkContext
  readonly #limits: BrokerLimits
  readonly #devices: MqttDevices
  readonly #state: LinkState
  readonly #counters: BrokerCounters = zeroBrokerCounters()
  readonly #refusals: Refusals
  readonly #sockets = new Set<Socket>()
  readonly #intake: ReturnType<typeof createBrokerIntake>
  #aedes: Aedes | undefined
  #server: Server | undefined

  constructor(
    config: BrokerLinkConfig,
    devices: readonly DeviceConfig[],
    context: LinkContext,
    fixed: Pick<BrokerLimits, keyof typeof fixedBrokerLimits> = fixedBrokerLimits,
  ) {
    this.name = config.name
    this.#config = config
    this.#context = context
    this.#limits = { ...config.limits, ...fixed }
    this.#state = new LinkState(config.name, context)
    this.#refusals = new Refusals(config.name, context)
    this.#devices = createMqttDevices(devices, {
      context,
      whyNot: () => this.#state.whyNot,
      publish: (topic, payload, options) => this.publish(topic, payload, options),
    })
    this.#intake = createBrokerIntake(this.#devices, this.#counters, this.#limits, context.clock)
  }

  /** Port it listens on: the configured one, or what the system chose for 0. */
  get port(): number {
    const address = this.#server?.address()
    return address && typeof address === 'object' ? address.port : this.#config.port
  }

  /** Rejects where the address can't be listened on. */
  async start(): Promise<void> {
    const access = createBrokerAccess(this.#config.users, this.#counters, this.#limits, {
      clock: this.#context.clock,
      refusals: this.#refusals,
    })
    const aedes = new Aedes({
      connectTimeout: this.#limits.connectTimeoutMs,
      maxTopicLevels: 20,
      ...access.handlers,
      authorizePublish: (client, packet, done) => {
        if (!access.mayPublish(client, packet)) return done()
        const owner = access.ownerOf(client)
        const waitMs = access.waitMs(client)
        if (waitMs === 0) return this.#intake.publish(owner, packet, done)
        // The client is not read from meanwhile.
        this.#counters.throttled++
        this.#context.clock.after(waitMs, () => this.#intake.publish(owner, packet, done))
      },
    })
    this.#aedes = aedes
    await aedes.listen()
    aedes.on('clientDisconnect', client => this.#intake.disconnected(access.ownerOf(client)))
    aedes.on('unsubscribe', (topics, client) => access.unsubscribed(client, topics))
    aedes.on('clientError', () => void this.#counters.clientErrors++)
    aedes.on('connectionError', () => void this.#counters.clientErrors++)
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 }, socket =>
      this.#accept(aedes, socket),
    )
    server.maxConnections = this.#limits.clients
    server.on('drop', connection => {
      this.#counters.clientsOverLimit++
      const what = `more than ${this.#limits.clients} clients at a time`
      this.#refusals.tell({ what, address: connection?.remoteAddress })
    })
    this.#server = server
    try {
      await listen(server, this.#config)
    } catch (error) {
      this.#state.set(false, messageOf(error))
      throw error
    }
    this.#state.set(true)
    this.#devices.start()
  }

  /** Publishes to the broker's own subscribers, past all permissions. */
  publish(
    topic: string,
    payload: string | Uint8Array,
    { retain = false, qos = 0 }: PublishOptions = {},
  ): Promise<Published> {
    const aedes = this.#aedes
    if (!aedes || aedes.closed) return Promise.resolve({ ok: false, text: `broker ${this.name} is not running` })
    const bytes =
      typeof payload === 'string'
        ? Buffer.from(payload)
        : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    return new Promise(resolve => {
      aedes.publish({ cmd: 'publish', topic, payload: bytes, retain, qos, dup: false }, error =>
        resolve(error ? { ok: false, text: error.message } : { ok: true }),
      )
    })
  }

  async stop(): Promise<void> {
    this.#server?.close()
    this.#devices.stop()
    await this.#intake.stop(farewellMs)
    await this.#written()
    const aedes = this.#aedes
    if (aedes) await new Promise<void>(resolve => aedes.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  status(): LinkStatus {
    const { waiting, ...counters } = this.#counters
    const refusals = this.#refusals.status
    return {
      ...this.#state.status(),
      kind: this.#config.kind,
      counters,
      levels: { clients: this.#sockets.size, waiting },
      ...(refusals && { refusals }),
      devices: this.#devices.status(),
    }
  }

  /** What was said last, acknowledgements above all, goes out before the connections end; a dead peer is not waited for. */
  async #written(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve))
    const open = [...this.#sockets].filter(socket => socket.writable)
    const all = Promise.all(open.map(socket => new Promise<void>(resolve => socket.write('', () => resolve()))))
    const limit = new AbortController()
    await Promise.race([all, sleep(this.#context.clock, farewellMs, limit.signal)])
    limit.abort()
  }

  #accept(aedes: Aedes, socket: Socket): void {
    this.#counters.connects++
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    limitPackets(socket, this.#limits.packetBytes, () => {
      this.#counters.packetsTooLarge++
      const what = `a packet of more than ${this.#limits.packetBytes} bytes`
      this.#refusals.tell({ what, address: socket.remoteAddress })
    })
    aedes.handle(socket)
  }
}

function listen(server: Server, { host, port }: BrokerLinkConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
