import { hash } from 'node:crypto'

/** Called when the message is stored, or with the error that kept it from being so. */
export type Stored = (error?: Error) => void

interface Known {
  readonly digest: string
  /** Those who wait for it to be stored; undefined when it is. */
  waiting: Stored[] | undefined
  /** Monotonic time at which it was acknowledged. */
  ackedMs: number
  /** The connection that it came on ended before it was stored: its acknowledgement goes nowhere. */
  broken: boolean
}

/** What a message turned out to be. */
export type Arrival =
  /** Store it, then call `stored`. */
  | { readonly kind: 'new'; readonly stored: Stored }
  /** It is stored, or on its way: nothing to do but what `wait` calls back for. */
  | { readonly kind: 'again' }

/** How long before the end of a connection an acknowledgement may have been sent and not arrived. */
const ackMayBeLostMs = 30_000
/** The client may come back after hours: the time that counts is that of the break. */
const keptOverBreak = Number.POSITIVE_INFINITY
/** Clients remembered; the one that was quiet for longest is forgotten first. */
const maxClients = 2000

/**
 * Tells messages sent again (DUP) from new ones. A message is the same if client, message id, topic and payload are,
 * and its acknowledgement may not have arrived. It knows nothing of messages from before the agent's start.
 */
export class DupFilter {
  readonly #maxIds: number
  readonly #clients = new Map<string, Map<number, Known>>()

  /** `maxIds`: message ids remembered of one client; the oldest is forgotten first. */
  constructor(maxIds = 1000) {
    this.#maxIds = maxIds
  }

  arrive(
    client: string,
    message: { readonly id: number; readonly dup: boolean; readonly topic: string; readonly payload: Uint8Array },
    monotonicMs: () => number,
    settled: Stored,
  ): Arrival {
    const ids = this.#idsOf(client)
    const digest = `${message.topic} ${hash('sha1', message.payload, 'base64')}`
    const known = ids.get(message.id)
    const mayBeLost = known && (known.waiting || monotonicMs() - known.ackedMs < ackMayBeLostMs)
    if (message.dup && known && mayBeLost && known.digest === digest) {
      known.broken = false
      if (known.waiting) known.waiting.push(settled)
      else {
        known.ackedMs = monotonicMs()
        settled()
      }
      return { kind: 'again' }
    }
    const entry: Known = { digest, waiting: [settled], ackedMs: 0, broken: false }
    ids.delete(message.id)
    ids.set(message.id, entry)
    if (ids.size > this.#maxIds) forgetOldest(ids)
    const stored: Stored = error => {
      const { waiting } = entry
      entry.waiting = undefined
      entry.ackedMs = entry.broken ? keptOverBreak : monotonicMs()
      // What was not stored will be sent again, and is new then.
      if (error && ids.get(message.id) === entry) ids.delete(message.id)
      for (const callback of waiting ?? []) callback(error)
    }
    return { kind: 'new', stored }
  }

  /** The connection of a client ended: what it surely knows to be acknowledged is forgotten. */
  disconnected(client: string, nowMs: number): void {
    const ids = this.#clients.get(client)
    if (!ids) return
    for (const [id, known] of ids) {
      if (known.waiting) {
        known.broken = true
        continue
      }
      // One kept over an earlier break has had a whole connection to be sent again.
      if (known.ackedMs === keptOverBreak || nowMs - known.ackedMs > ackMayBeLostMs) ids.delete(id)
      else known.ackedMs = keptOverBreak
    }
    if (ids.size === 0) this.#clients.delete(client)
  }

  #idsOf(client: string): Map<number, Known> {
    const ids = this.#clients.get(client) ?? new Map<number, Known>()
    this.#clients.delete(client)
    this.#clients.set(client, ids)
    if (this.#clients.size > maxClients) forgetOldest(this.#clients)
    return ids
  }
}

function forgetOldest<K>(map: Map<K, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
