import type { Socket } from 'node:net'
import type { Clock, Timer } from '@lineside/contract'
import mqtt, { type IClientOptions, type IPublishPacket, MqttClient } from 'mqtt'
import type { MqttLinkConfig } from '../../config/types.ts'
import { AckWindow, encodePubacks, type Waiting } from './ack-window.ts'
import { openMqttSocket } from './socket.ts'
import { type Grant, grantsOf, subscribeBatch } from './subscribe.ts'
import type { Outgoing } from './outbox.ts'

export interface ConnectionEvents {
  /** `present`: the broker kept the session. */
  readonly online: (session: { readonly present: boolean }) => void
  /** A message; the next one comes when `next` is called. */
  readonly message: (packet: IPublishPacket, next: () => void) => void
  /** Once, whatever ended it. `code` is the broker's reason where it refused. */
  readonly lost: (text: string, code: number | undefined) => void
  readonly tooLarge: () => void
}

/** Makes mqtt.js go on to the next message without a PUBACK: it is sent when the message is stored. */
const later = new Error('acknowledged after the commit')
/** How long the end waits for the broker to close. */
const farewellMs = 1000

/** One connection to a broker, from its socket to its end; another attempt is another object. */
export class MqttConnection {
  readonly #config: MqttLinkConfig
  readonly #version: 4 | 5
  readonly #events: ConnectionEvents
  readonly #clock: Clock
  readonly #socket: Socket
  readonly #acks = new AckWindow()
  readonly #publishing = new Set<Outgoing>()
  #client: MqttClient | undefined
  #due: number[] = []
  #text: string | undefined
  #code: number | undefined
  #ended = false
  #closing = false
  #timer: Timer

  constructor(config: MqttLinkConfig, version: 4 | 5, clock: Clock, events: ConnectionEvents) {
    this.#config = config
    this.#version = version
    this.#clock = clock
    this.#events = events
    this.#socket = openMqttSocket(config, {
      open: () => this.#greet(),
      failed: text => this.#lost(text),
      tooLarge: events.tooLarge,
    })
    const slow = `no answer from ${config.host}:${config.port} within ${config.connectTimeoutMs / 1000} s`
    this.#timer = clock.after(config.connectTimeoutMs, () => this.#lost(slow))
  }

  /** What is published and not acknowledged yet; settled by `lost` as well. */
  get publishing(): ReadonlySet<Outgoing> {
    return this.#publishing
  }

  expectAck(id: number): Waiting {
    return this.#acks.add(id)
  }

  /** A message is stored: acknowledges what may be, or nothing where the connection is over. */
  stored(message: Waiting): void {
    if (this.#ended) return
    // All that one commit stored goes out in one write.
    if (this.#due.length === 0) queueMicrotask(() => this.#acknowledge())
    this.#due.push(...this.#acks.stored(message))
  }

  /** What the broker says to each filter; nothing where the connection ends before it does. */
  async subscribe(filters: readonly string[]): Promise<readonly Grant[]> {
    const client = this.#client
    if (!client || filters.length === 0) return []
    const batches = Array.from({ length: Math.ceil(filters.length / subscribeBatch) }, (_, i) =>
      filters.slice(i * subscribeBatch, (i + 1) * subscribeBatch),
    )
    const answers = await Promise.all(
      batches.map(
        batch =>
          new Promise<readonly Grant[]>(resolve => {
            client.subscribe([...batch], { qos: 1 }, (_error, _asked, packet) => resolve(grantsOf(batch, packet)))
          }),
      ),
    )
    return answers.flat()
  }

  publish(message: Outgoing): void {
    const { topic, payload, retain, qos, settle } = message
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    this.#publishing.add(message)
    this.#client?.publish(topic, bytes, { retain, qos }, error => {
      if (!this.#publishing.delete(message)) return
      settle(error ? { ok: false, text: error.message } : { ok: true })
    })
  }

  /** Says goodbye; the broker keeps the session. */
  async close(text = 'link closed'): Promise<void> {
    if (this.#ended || this.#closing) return
    this.#closing = true
    this.#text = text
    const closed = Promise.withResolvers<undefined>()
    this.#socket.once('close', () => closed.resolve(undefined))
    const limit = this.#clock.after(farewellMs, () => closed.resolve(undefined))
    this.#acknowledge()
    // DISCONNECT in every version.
    if (this.#client?.connected) this.#socket.end(Buffer.of(0xe0, 0))
    else this.#socket.destroy()
    await closed.promise
    limit.cancel()
    this.#lost(text)
  }

  #greet(): void {
    const client = new MqttClient(() => this.#socket, this.#options())
    this.#client = client
    client.on('error', error => {
      const written = 'code' in error ? error.code : undefined
      // Errors of the socket are explained by itself.
      if (this.#text !== undefined || typeof written === 'string') return
      const code = typeof written === 'number' ? written : undefined
      this.#code = code
      this.#text = code === undefined ? error.message : `the broker refuses: ${reasonOf(code)}`
      // What follows a packet that is none can't be trusted either.
      this.#socket.destroy()
    })
    client.on('disconnect', ({ reasonCode = 0 }) => {
      const taken = reasonCode === 142 ? `; another client has the id ${this.#config.clientId}` : ''
      this.#text = `the broker ended the session: ${reasonOf(reasonCode)}${taken}`
    })
    client.on('connect', ({ sessionPresent }) => {
      this.#timer.cancel()
      this.#events.online({ present: sessionPresent })
    })
    client.handleMessage = (packet, done) => {
      this.#events.message(packet, () => done(packet.qos === 0 ? undefined : later))
    }
    client.connect()
  }

  #options(): IClientOptions {
    const { clientId, username, password, keepAliveMs, connectTimeoutMs } = this.#config
    const { clean = false, sessionExpiryMs, maxUnacknowledged, maxPacketBytes } = this.#config
    return {
      manualConnect: true,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      clean,
      protocolVersion: this.#version,
      clientId,
      keepalive: Math.round(keepAliveMs / 1000),
      connectTimeout: connectTimeoutMs,
      log: () => {},
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: password.reveal() }),
      ...(this.#version === 5 && {
        properties: {
          sessionExpiryInterval: Math.round(sessionExpiryMs / 1000),
          receiveMaximum: maxUnacknowledged,
          maximumPacketSize: maxPacketBytes,
        },
      }),
    }
  }

  #acknowledge(): void {
    const ids = this.#due
    this.#due = []
    if (ids.length > 0 && this.#socket.writable) this.#socket.write(encodePubacks(ids))
  }

  #lost(text: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#timer.cancel()
    this.#socket.destroy()
    this.#client?.end(true)
    this.#events.lost(this.#text ?? text, this.#code)
  }
}

const reasons: Readonly<Record<number, string>> = mqtt.ReasonCodes

function reasonOf(code: number): string {
  return (reasons[code] || `reason code ${code}`).toLowerCase()
}
