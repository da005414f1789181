import { addRange, emptySet, unionSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { Flights } from './flights.ts'
import type { LossPace } from './loss-pace.ts'
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

  notFree(id: number): IntervalSet {
    return unionSets(this.flights.holding(id), this.marked(id))
  }
}
