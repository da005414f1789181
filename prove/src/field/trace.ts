interface Note {
  readonly atMs: number
  readonly what: string
  readonly bytes: Uint8Array
}

const kept = 16

/** What last happened on a line, for people who look at a violation. */
export class Trace {
  readonly #notes: Note[] = []

  note(
    what: 'client sends' | 'client reads' | 'adversary reads' | 'adversary writes' | 'held back',
    bytes: Uint8Array,
  ) {
    this.#notes.push({ atMs: performance.now(), what, bytes })
    if (this.#notes.length > kept) this.#notes.shift()
  }

  /** One line for each event, ms before now first. */
  toString(): string {
    const nowMs = performance.now()
    return this.#notes
      .map(({ atMs, what, bytes }) => {
        const hex = Buffer.from(bytes.subarray(0, 40)).toString('hex')
        return `  ${(atMs - nowMs).toFixed(1)} ms ${what} ${hex}${bytes.length > 40 ? ` … ${bytes.length} bytes` : ''}`
      })
      .join('\n')
  }
}
