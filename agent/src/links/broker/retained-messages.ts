import type { PublishPacket } from 'aedes'
import type { BrokerCounters, BrokerLimits } from './limits.ts'
import type { Refusals } from './refusals.ts'

/** What the broker keeps for those who subscribe later, within its limits. */
export class RetainedMessages {
  readonly #limits: Pick<BrokerLimits, 'retainedBytes' | 'retainedTopics'>
  readonly #counters: Pick<BrokerCounters, 'retainedRefused'>
  readonly #refusals: Pick<Refusals, 'tell'>
  /** Topic → bytes of its payload. */
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  constructor(
    limits: Pick<BrokerLimits, 'retainedBytes' | 'retainedTopics'>,
    counters: Pick<BrokerCounters, 'retainedRefused'>,
    refusals: Pick<Refusals, 'tell'>,
  ) {
    this.#limits = limits
    this.#counters = counters
    this.#refusals = refusals
  }

  /** A message for which there is no room is passed on and not kept; an empty one ends its topic's. */
  limit(packet: PublishPacket): void {
    if (!packet.retain) return
    const { topic, payload } = packet
    const before = this.#sizes.get(topic)
    const bytes = this.#bytes - (before ?? 0) + payload.length
    const isFull = before === undefined && this.#sizes.size >= this.#limits.retainedTopics
    if (payload.length === 0) this.#sizes.delete(topic)
    else if (bytes > this.#limits.retainedBytes || isFull) {
      packet.retain = false
      this.#counters.retainedRefused++
      this.#refusals.tell({ what: 'no room to keep one more retained message', topic })
      return
    } else this.#sizes.set(topic, payload.length)
    this.#bytes = bytes
  }
}
