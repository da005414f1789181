import type { Clock } from '@lineside/contract'
import type { IPublishPacket } from 'mqtt'
import { EarlyCommit } from './early-commit.ts'
import type { MqttConnection } from './connection.ts'
import type { MqttDevices } from './devices.ts'
import { DupFilter } from './dup.ts'

export interface InboxOptions {
  readonly devices: MqttDevices
  readonly clock: Clock
  /** Commits what was handed in, now. */
  readonly hurry: () => void
  /** Messages that may wait for their commit; the connection is not read from while there are as many. */
  readonly maxWaiting: number
}

/** The way of messages from a broker to the devices, and of their acknowledgements back. */
export class MqttInbox {
  readonly counters = { messages: 0, retained: 0, again: 0, unclaimed: 0, failed: 0 }
  readonly #options: InboxOptions
  readonly #dups: DupFilter
  readonly #early: EarlyCommit
  #waiting = 0
  #held: (() => void)[] = []
  #empty: (() => void) | undefined
  #stopping = false

  constructor(options: InboxOptions) {
    this.#options = options
    this.#dups = new DupFilter(options.maxWaiting * 2)
    this.#early = new EarlyCommit(options.clock, options.hurry)
  }

  get waiting(): number {
    return this.#waiting
  }

  get earlyCommits(): number {
    return this.#early.count
  }

  /** Takes a message of a connection, and calls `next` when there is room for another one. */
  take(connection: MqttConnection, packet: IPublishPacket, next: () => void, failed: (error: Error) => void): void {
    // Not acknowledged: the broker sends it again to the next run.
    if (this.#stopping) return next()
    const { topic, payload, qos, messageId, retain, dup } = packet
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    this.counters.messages++
    if (retain) this.counters.retained++
    if (qos === 0 || messageId === undefined) {
      if (!this.#options.devices.message(topic, bytes, retain)) this.counters.unclaimed++
      return next()
    }
    const ack = connection.expectAck(messageId)
    this.#waiting++
    const arrival = this.#dups.arrive(
      '',
      { id: messageId, dup, topic, payload: bytes },
      () => this.#options.clock.monotonic(),
      error => {
        this.#settled()
        if (!error) return connection.stored(ack)
        this.counters.failed++
        failed(error)
      },
    )
    if (arrival.kind === 'again') this.counters.again++
    else if (!this.#options.devices.message(topic, bytes, retain, arrival.stored)) this.counters.unclaimed++
    if (this.#waiting > 0) this.#early.arrived(this.#waiting)
    if (this.#waiting < this.#options.maxWaiting) return next()
    this.#held.push(next)
    this.#options.hurry()
  }

  /** The connection ended: what its broker surely knows to be acknowledged is forgotten. */
  disconnected(): void {
    this.#held = []
    this.#early.stop()
    this.#dups.disconnected('', this.#options.clock.monotonic())
  }

  /** Takes nothing more; resolves when nothing waits for its commit, or after `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true
    this.#early.stop()
    if (this.#waiting === 0) return
    const done = Promise.withResolvers<undefined>()
    this.#empty = () => done.resolve(undefined)
    const limit = this.#options.clock.after(limitMs, () => done.resolve(undefined))
    await done.promise
    limit.cancel()
  }

  #settled(): void {
    this.#waiting--
    this.#early.acknowledged(this.#waiting)
    if (this.#waiting === 0) this.#empty?.()
    for (const next of this.#held.splice(0)) next()
  }
}
