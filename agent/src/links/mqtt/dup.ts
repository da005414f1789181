import { hash } from 'node:crypto'

/** Called when the message is stored, or with the error that kept it from being so. */
export type Stored = (error?: Error) => void

interface Known {
  readonly id: number
  readonly topic: string
  readonly content: string
  /** Those who wait for it to be stored; undefined when it is. */
  waiting: Stored[] | undefined
  /** Monotonic time at which it was acknowledged. */
  ackedMs: number
}

interface Client {
  /** By message id, those of this connection. */
  now: Map<number, Known>
  /** Those of `now` in the order of their arrival, some of them replaced by later ones; the first ones are forgotten. */
  order: Known[]
  forgotten: number
  /** Those of earlier connections whose acknowledgement may not have arrived. */
  before: Map<number, Known>
}

/** What a message turned out to be. */
export type Arrival =
  /** Store it, then call `stored`. */
  | { readonly kind: 'new'; readonly stored: Stored }
  /** It is stored, or on its way: nothing to do but what `wait` calls back for. */
  | { readonly kind: 'again' }

/** How long before the end of a connection an acknowledgement may have been sent and not arrived. */
const ackMayBeLostMs = 30_000
/** Clients remembered; the one that was quiet for longest is forgotten first. */
const maxClients = 2000
/** Payloads up to this many bytes are remembered as they are, longer ones by their digest. */
const shortBytes = 128

/**
 * Tells messages sent again (DUP) from new ones. A message is the same if client, message id, topic and payload are,
 * and its acknowledgement may not have arrived. It knows nothing of messages from before the agent's start.
 */
export class DupFilter {
  readonly #maxIds: number
  readonly #clients = new Map<string, Client>()
  #newest: { readonly name: string; readonly client: Client } | undefined

  /** `maxIds`: message ids remembered of one client; the oldest is forgotten first. */
  constructor(maxIds = 1000) {
    this.#maxIds = maxIds
  }

  arrive(
    name: string,
    message: { readonly id: number; readonly dup: boolean; readonly topic: string; readonly payload: Uint8Array },
    monotonicMs: () => number,
    settled: Stored,
  ): Arrival {
    const client = this.#clientOf(name)
    const { id, topic } = message
    const content = contentOf(message.payload)
    const known = message.dup ? this.#sameAs(client, id, monotonicMs) : undefined
    if (known && known.topic === topic && known.content === content) {
      if (client.before.delete(id)) client.order.push(known)
      client.now.set(id, known)
      if (known.waiting) known.waiting.push(settled)
      else {
        known.ackedMs = monotonicMs()
        settled()
      }
      return { kind: 'again' }
    }
    const entry: Known = { id, topic, content, waiting: [settled], ackedMs: 0 }
    client.before.delete(id)
    client.now.set(id, entry)
    client.order.push(entry)
    this.#forget(client, monotonicMs)
    const stored: Stored = error => {
      const { waiting } = entry
      entry.waiting = undefined
      entry.ackedMs = monotonicMs()
      // What was not stored will be sent again, and is new then.
      if (error) for (const ids of [client.now, client.before]) if (ids.get(id) === entry) ids.delete(id)
      for (const callback of waiting ?? []) callback(error)
    }
    return { kind: 'new', stored }
  }

  /** The connection of a client ended: what it surely knows to be acknowledged is forgotten. */
  disconnected(name: string, nowMs: number): void {
    const client = this.#clients.get(name)
    if (!client) return
    // Those kept over an earlier break have had a whole connection to be sent again.
    const kept = [...client.before].filter(([, known]) => known.waiting)
    const recent = [...client.now].filter(([, known]) => known.waiting || nowMs - known.ackedMs <= ackMayBeLostMs)
    client.before = new Map([...kept, ...recent])
    client.now = new Map()
    client.order = []
    client.forgotten = 0
    if (client.before.size > 0) return
    this.#clients.delete(name)
    if (this.#newest?.name === name) this.#newest = undefined
  }

  #sameAs({ now, before }: Client, id: number, monotonicMs: () => number): Known | undefined {
    const known = now.get(id)
    if (!known) return before.get(id)
    return known.waiting || monotonicMs() - known.ackedMs < ackMayBeLostMs ? known : undefined
  }

  /** Acknowledged so long ago that it must have arrived, and the oldest of too many. */
  #forget(client: Client, monotonicMs: () => number): void {
    const { now, order } = client
    for (let oldest = order[client.forgotten]; oldest; oldest = order[client.forgotten]) {
      const isOver = !oldest.waiting && monotonicMs() - oldest.ackedMs > ackMayBeLostMs
      if (!isOver && order.length - client.forgotten <= this.#maxIds) break
      client.forgotten++
      if (now.get(oldest.id) === oldest) now.delete(oldest.id)
    }
    if (client.forgotten * 2 < order.length) return
    client.order = order.slice(client.forgotten)
    client.forgotten = 0
  }

  #clientOf(name: string): Client {
    if (this.#newest?.name === name) return this.#newest.client
    const client = this.#clients.get(name) ?? newClient()
    this.#clients.delete(name)
    this.#clients.set(name, client)
    this.#newest = { name, client }
    if (this.#clients.size > maxClients) {
      for (const oldest of this.#clients.keys()) {
        this.#clients.delete(oldest)
        break
      }
    }
    return client
  }
}

function newClient(): Client {
  return { now: new Map(), order: [], forgotten: 0, before: new Map() }
}

/** Equal for equal payloads alone, as far as SHA-1 goes. */
function contentOf(payload: Uint8Array): string {
  if (payload.length > shortBytes) return hash('sha1', payload, 'base64')
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('latin1')
}
