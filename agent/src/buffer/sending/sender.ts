import { addRange, emptySet, subtractSets, unionSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { Flights } from './flights.ts'
import type { Flight } from './flights.ts'
import type { LossPace } from './loss-pace.ts'
import type { Names } from '../batch/new-batch.ts'
import { intersectSets } from './receipt.ts'
import { noRejections } from './rejections.ts'
import type { Rejections } from './rejections.ts'
import type { Store } from '../store/store.ts'
import { nameOf } from '../store/streams.ts'

/** What the sending side remembers from request to request; all of it may be forgotten at a restart. */
export class Sender {
  readonly store: Store
  readonly flights: Flights
  rejections: Rejections = noRejections
  /** Held by a request that could not be taken as a whole: sent in smaller and smaller parts (protocol.md, R3). */
  suspects: ReadonlyMap<number, IntervalSet> = new Map()
  suspectLimit = 1
  /** First seq of the live run, and the data stream that it belongs to. */
  live = 1
  liveStream: number | undefined
  /** A fresh batch that only asks whether the receiver takes any. */
  probe: number | undefined
  /** Seq of each stream up to which batches were merged, or found not to be worth it. */
  readonly mergedTo = new Map<number, number>()
  /** Older streams for which one alarm was raised already (protocol.md, N6). */
  readonly restored = new Set<number>()
  /** Streams of which the receiver knows what they follow: something of them had arrived when it was said (protocol.md, N8). */
  readonly placed = new Set<number>()
  /** What was in requests that no receipt came for, by stream. */
  readonly #maybeStored = new Map<number, IntervalSet>()
  /** When losses of the receiver were last reported. */
  losses: LossPace | undefined

  constructor(store: Store, lastRequestId = 0) {
    this.store = store
    this.flights = new Flights(lastRequestId)
  }

  /** Rejected batches, which stand at the end of the queue. */
  marked(id: number): IntervalSet {
    let set = emptySet
    for (const key of this.rejections.marks.keys()) {
      const name = nameOf(key)
      if (name.id === id) set = addRange(set, name.seq, name.seq)
    }
    return set
  }

  /** No receipt came for a request: what it held is free again, and may have been stored all the same. */
  release(requestId: number): Flight | undefined {
    const flight = this.flights.end(requestId)
    for (const [id, set] of flight?.holds ?? []) {
      const present = this.store.streams.get(id)?.present ?? emptySet
      this.#maybeStored.set(id, intersectSets(present, unionSets(this.#maybeStored.get(id) ?? emptySet, set)))
    }
    return flight
  }

  /** Whether a receipt shows that the receiver takes batches: it covers some that it can't have had before (protocol.md, R1). */
  showsAcceptance({ holds }: Flight, covered: Names): boolean {
    return [...covered].some(([id, set]) => {
      const sent = intersectSets(set, holds.get(id) ?? emptySet)
      return subtractSets(sent, this.#maybeStored.get(id) ?? emptySet).length > 0
    })
  }

  notFree(id: number): IntervalSet {
    return unionSets(this.flights.holding(id), this.marked(id))
  }
}
