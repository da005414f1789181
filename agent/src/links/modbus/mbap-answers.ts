import { beginsAnswer, endsWithAnotherAnswer, type MbapFrame, MbapReader } from '@lineside/device-profiles'

export type MbapAnswersRead =
  | { readonly ok: true; readonly frames: readonly MbapFrame[] }
  /** Nothing of this connection can be trusted any more. */
  | { readonly ok: false; readonly text: string }

/** Frames that wait for what follows them. */
const maxHeld = 64
/** Unanswered transactions whose answers are looked for in the middle of others. */
const maxLate = 32
const nothing: readonly MbapFrame[] = []

/**
 * Cuts the stream of one Modbus TCP connection into answers. There is no checksum: an answer that was cut short on its
 * way is filled up by the one behind it, under a good header. So an answer counts only where another one or nothing
 * begins behind it, and where none that is on its way stands in it.
 */
export class MbapAnswers {
  readonly #pending: ReadonlyMap<number, unknown>
  readonly #reader = new MbapReader()
  /** Whole frames, until it is known that the bytes behind them begin another one. */
  readonly #held: MbapFrame[] = []
  /** Transactions that were given up: their ids are not used again on this connection. */
  readonly #retired = new Set<number>()
  /** The last of them: their answers may still come. */
  readonly #late: number[] = []

  /** `pending`: by transaction id, what waits for an answer. */
  constructor(pending: ReadonlyMap<number, unknown>) {
    this.#pending = pending
  }

  get retired(): ReadonlySet<number> {
    return this.#retired
  }

  retire(transaction: number): void {
    this.#retired.add(transaction)
    this.#late.push(transaction)
    if (this.#late.length > maxLate) this.#late.shift()
  }

  /** The late answer came. False: the transaction was not given up. */
  arrived(transaction: number): boolean {
    return this.#retired.delete(transaction)
  }

  push(chunk: Uint8Array): MbapAnswersRead {
    if (this.#reader.pending > 0 && this.#isTorn(chunk)) return { ok: false, text: 'an answer within another one' }
    const read = this.#reader.push(chunk)
    // What came before the nonsense may have been put together from two halves of answers.
    if (!read.ok) return read
    if (this.#held.length === 0 && this.#reader.pending === 0) return this.#judge(read.frames)
    if (this.#held.length + read.frames.length > maxHeld) return { ok: false, text: 'answers without an end' }
    this.#held.push(...read.frames)
    return this.#judge(this.#isInStep() ? this.#held.splice(0) : nothing)
  }

  #judge(frames: readonly MbapFrame[]): MbapAnswersRead {
    for (const { transaction, pdu } of frames) {
      if (endsWithAnotherAnswer(pdu) || this.#swallowed(transaction, pdu)) {
        return { ok: false, text: 'an answer that was cut short' }
      }
    }
    return { ok: true, frames }
  }

  #isInStep(): boolean {
    const { pending, begun } = this.#reader
    return pending === 0 || (begun !== undefined && (this.#pending.has(begun) || this.#retired.has(begun)))
  }

  /** The bytes that go on with an unfinished answer begin another one instead. */
  #isTorn(chunk: Uint8Array): boolean {
    if (chunk.length >= 4) return beginsAnswer(chunk, 0, id => this.#pending.has(id) || this.#late.includes(id))
    const [high, low, zero = 0] = chunk
    for (const id of this.#pending.keys()) {
      if (id >> 8 === high && (low === undefined || low === (id & 0xff)) && zero === 0) return true
    }
    return false
  }

  /** Another answer that is on its way stands in this one. */
  #swallowed(transaction: number, pdu: Uint8Array): boolean {
    if (this.#pending.size < 2 && this.#late.length === 0) return false
    const isAwaited = (id: number) => id !== transaction && this.#pending.has(id)
    const isOther = (id: number) => isAwaited(id) || (id !== transaction && this.#late.includes(id))
    for (let at = 0; at + 4 <= pdu.length; at++) {
      // Little of it is there at the very end: only what is awaited is believed.
      if (beginsAnswer(pdu, at, pdu.length - at < 6 ? isAwaited : isOther)) return true
    }
    return false
  }
}
