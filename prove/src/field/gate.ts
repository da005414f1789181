interface Piece {
  /** Where it ends, counted over all bytes of the line. */
  readonly end: number
  /** When the first of it came out. */
  begunMs: number | undefined
  isLate: boolean
}

/** The kernel may pass on one write in two parts; what comes more than this after the first is held back. */
const tornMs = 1

/**
 * The kernel's part in a promise that an answer comes in time and in one piece: a pseudo-terminal is emptied by a thread of
 * the kernel, which a busy machine keeps waiting like any other. What was written and could not be read within the time
 * that is left for it is not passed on. Whether it could be read is looked at when that time is over, so that what a client
 * left unread, because it did not look, still reaches it.
 */
export class Gate {
  /** Bytes that were held back. */
  heldBack = 0
  readonly #withinMs: number
  readonly #pieces: Piece[] = []
  #written = 0
  #passed = 0

  constructor(withinMs: number) {
    this.#withinMs = withinMs
  }

  wrote(length: number): void {
    this.#written += length
    const piece: Piece = { end: this.#written, begunMs: undefined, isLate: false }
    this.#pieces.push(piece)
    // Two turns of the loop: one whole look at everything that can be read lies between them.
    const look = () => setImmediate(() => setImmediate(() => (piece.isLate = this.#passed < piece.end)))
    setTimeout(look, this.#withinMs)
  }

  /** What of the bytes that come out came in time. */
  pass(chunk: Uint8Array): Uint8Array {
    const nowMs = performance.now()
    const inTime: Uint8Array[] = []
    for (let at = 0; at < chunk.length; ) {
      const piece = this.#pieces[0]
      if (!piece) throw new Error('more comes out of a line than was written')
      const part = chunk.subarray(at, at + piece.end - this.#passed)
      piece.begunMs ??= nowMs
      if (piece.isLate || nowMs - piece.begunMs > tornMs) this.heldBack += part.length
      else inTime.push(part)
      at += part.length
      this.#passed += part.length
      if (this.#passed === piece.end) this.#pieces.shift()
    }
    return inTime.length === 1 && inTime[0] ? inTime[0] : Buffer.concat(inTime)
  }
}
