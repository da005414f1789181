import { addRange, emptySet, unionSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { mergeSets } from '../batch/new-batch.ts'
import type { Names } from '../batch/new-batch.ts'

/** One request under way. */
export interface Flight {
  readonly requestId: number
  readonly holds: Names
  /** Each holds one batch or several. */
  readonly members: number
  /**
   * What was acknowledged, itself or by its gap, after the request was sent: its receipt proves nothing about those
   * (protocol.md, S4).
   */
  readonly settledSince: Map<number, IntervalSet>
}

/** Requests under way, by id; ids ascend over the life of the process. */
export class Flights {
  #lastId: number
  readonly #open = new Map<number, Flight>()

  /** Ids go on after `lastId`. */
  constructor(lastId = 0) {
    this.#lastId = lastId
  }

  /** Newest id given out; 0 before the first. */
  get sent(): number {
    return this.#lastId
  }

  begin(rows: readonly { readonly id: number; readonly seq: number; readonly last: number }[]): Flight {
    const holds = new Map<number, IntervalSet>()
    for (const { id, seq, last } of rows) holds.set(id, addRange(holds.get(id) ?? [], seq, last))
    const flight: Flight = { requestId: ++this.#lastId, holds, members: rows.length, settledSince: new Map() }
    this.#open.set(flight.requestId, flight)
    return flight
  }

  /** Ends a request; a late answer to it finds nothing. */
  end(requestId: number): Flight | undefined {
    const flight = this.#open.get(requestId)
    this.#open.delete(requestId)
    return flight
  }

  get(requestId: number): Flight | undefined {
    return this.#open.get(requestId)
  }

  settled(names: Names): void {
    for (const flight of this.#open.values()) mergeSets(flight.settledSince, names)
  }

  holding(id: number): IntervalSet {
    let set = emptySet
    for (const flight of this.#open.values()) set = unionSets(set, flight.holds.get(id) ?? emptySet)
    return set
  }
}
