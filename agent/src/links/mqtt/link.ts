import type { Timer } from '@lineside/contract'
import type { DeviceConfig, MqttLinkConfig } from '../../config/types.ts'
import type { LinkContext } from '../../intake.ts'
import { type BackoffPolicy, backoffDelay } from '../../poll/backoff.ts'
import type { Link, LinkStatus, Published, PublishOptions } from '../link.ts'
import { LinkState } from '../link-state.ts'
import { MqttConnection } from './connection.ts'
import { createMqttDevices, type MqttDevices } from './devices.ts'
import { MqttInbox } from './inbox.ts'
import { Outbox, outgoing } from './outbox.ts'

const backoff: BackoffPolicy = { baseMs: 1000, maxMs: 60_000 }
/** A connection that lasted so long begins the back-off anew, ms. */
const lastingMs = 10_000
/** A refused subscription is asked for again after this long: rights are changed while brokers run. */
const askAgainMs = 60_000
/** How long the end waits for messages that are not committed yet, so that they are not sent again. */
const farewellMs = 3000
/** CONNACK codes of brokers that don't know MQTT 5. */
const unknownVersion: ReadonlySet<number | undefined> = new Set([1, 132])

/**
 * A client of somebody else's MQTT broker.
 *
 * Delivery guarantees: a message of QoS 1 is acknowledged when its samples are committed, on the connection that it
 * came on. The session is kept by the broker: what was published while the agent was away comes when it is back. A
 * message sent again because its acknowledgement was lost is not stored twice, unless the agent was restarted
 * in between.
 */
export class MqttLink implements Link {
  readonly name: string
  readonly #config: MqttLinkConfig
  readonly #context: LinkContext
  readonly #state: LinkState
  readonly #devices: MqttDevices
  readonly #inbox: MqttInbox
  readonly #outbox = new Outbox()
  readonly #counters = { connects: 0, losses: 0, packetsTooLarge: 0, subscriptionsRefused: 0, published: 0 }
  #version: 4 | 5
  #connection: MqttConnection | undefined
  #online = false
  #onlineMs = 0
  #attempt = 0
  #subscribed = false
  /** Filters that the broker refused on this connection. */
  #refused: ReadonlySet<string> = new Set()
  #stopped = false
  #timer: Timer | undefined
  #askAgain: Timer | undefined

  constructor(config: MqttLinkConfig, devices: readonly DeviceConfig[], context: LinkContext) {
    this.name = config.name
    this.#config = config
    this.#context = context
    this.#version = config.version
    this.#state = new LinkState(config.name, context)
    this.#devices = createMqttDevices(devices, {
      context,
      whyNot: () => this.#state.whyNot,
      publish: (topic, payload, options) => this.publish(topic, payload, options),
    })
    this.#inbox = new MqttInbox({
      devices: this.#devices,
      clock: context.clock,
      hurry: () => context.intake.hurry(),
      maxWaiting: config.maxUnacknowledged,
    })
  }

  start(): Promise<void> {
    this.#devices.start()
    this.#connect()
    return Promise.resolve()
  }

  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<Published> {
    return new Promise(resolve => {
      const message = outgoing(topic, payload, options, published => {
        if (published.ok) this.#counters.published++
        resolve(published)
      })
      if (this.#online && this.#connection) this.#connection.publish(message)
      else if (message.retain && !this.#stopped) this.#outbox.keep(message)
      else resolve({ ok: false, text: this.#state.whyNot ?? 'not connected to the broker' })
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    this.#askAgain?.cancel()
    this.#devices.stop()
    await this.#inbox.stop(farewellMs)
    await this.#connection?.close()
    for (const message of this.#outbox.take()) message.settle({ ok: false, text: 'the link is closed' })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  status(): LinkStatus {
    const { counters, waiting, earlyCommits } = this.#inbox
    return {
      ...this.#state.status(),
      kind: this.#config.kind,
      counters: { ...this.#counters, ...counters, earlyCommits },
      levels: { waiting, outbox: this.#outbox.size },
      devices: this.#devices.status(),
    }
  }

  #connect(): void {
    const { clock } = this.#context
    const connection = new MqttConnection(this.#config, this.#version, clock, {
      online: session => void this.#greeted(connection, session.present),
      message: (packet, next) =>
        this.#inbox.take(connection, packet, next, error => this.#notStored(connection, error)),
      lost: (text, code) => this.#lost(connection, text, code),
      tooLarge: () => this.#counters.packetsTooLarge++,
    })
    this.#connection = connection
  }

  async #greeted(connection: MqttConnection, sessionPresent: boolean): Promise<void> {
    this.#counters.connects++
    this.#onlineMs = this.#context.clock.monotonic()
    // Within one run the broker keeps the filters with the session. What devices say of themselves is asked
    // for anew, as a last will of QoS 0 is not kept for those who are away.
    const all = !sessionPresent || !this.#subscribed
    const isDone = await this.#subscribe(connection, all ? this.#devices.filters : this.#devices.stateFilters)
    if (!isDone || connection !== this.#connection) return
    this.#subscribed = true
    this.#online = true
    this.#devices.opened()
    for (const message of this.#outbox.take()) connection.publish(message)
  }

  async #subscribe(connection: MqttConnection, filters: readonly string[]): Promise<boolean> {
    const grants = await connection.subscribe(filters)
    if (connection !== this.#connection || grants.length < filters.length) return false
    const lacking = grants.filter(({ problem }) => problem !== undefined)
    const more = lacking.length > 1 ? ` (and ${lacking.length - 1} more)` : ''
    const [first] = lacking
    this.#state.set(true, first?.problem === undefined ? undefined : `${first.problem}${more}`)
    const refused = lacking.filter(grant => grant.refused)
    this.#counters.subscriptionsRefused += refused.length
    for (const { filter, problem = '' } of refused) {
      if (!this.#refused.has(filter)) this.#devices.refused(filter, problem)
    }
    this.#refused = new Set(refused.map(({ filter }) => filter))
    const again = () => void this.#subscribe(connection, [...this.#refused])
    if (refused.length > 0) this.#askAgain = this.#context.clock.after(askAgainMs, again)
    return true
  }

  /** The broker sends it again on a new connection. */
  #notStored(connection: MqttConnection, error: Error): void {
    this.#context.log.warn({ link: this.name, reason: error.message }, 'message not stored')
    void connection.close(`a message could not be stored: ${error.message}`)
  }

  #lost(connection: MqttConnection, text: string, code: number | undefined): void {
    if (connection !== this.#connection) return
    const { clock, random } = this.#context
    this.#connection = undefined
    this.#askAgain?.cancel()
    this.#refused = new Set()
    this.#inbox.disconnected()
    if (this.#online) this.#counters.losses++
    const hasLasted = this.#online && clock.monotonic() - this.#onlineMs >= lastingMs
    this.#online = false
    for (const message of connection.publishing) {
      if (message.retain && !this.#stopped) this.#outbox.putBack(message)
      else message.settle({ ok: false, text })
    }
    if (this.#stopped) return
    if (this.#version === 5 && unknownVersion.has(code)) {
      this.#version = 4
      this.#connect()
      return
    }
    this.#state.set(false, text)
    const attempt = hasLasted ? 0 : this.#attempt
    this.#attempt = attempt + 1
    this.#timer = clock.after(backoffDelay(backoff, attempt, random), () => this.#connect())
  }
}
