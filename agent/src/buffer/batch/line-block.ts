import { Buffer } from 'node:buffer'

const lineFeed = 0x0a
/** Blocks that wait to be used again; what comes back beyond that is given to the collector. */
const maxFree = 8

/**
 * Lines on their way to one batch, as the bytes that they will be stored as. The memory is shared with the buffer's
 * thread, which reads it where it is, and is used again after the commit: text that lives for a second outlasts the young
 * generation of the heap, and would gather until the next full collection.
 */
export class LineBlock {
  readonly #bytes: Buffer
  #size = 0
  #count = 0

  constructor(memory: SharedArrayBuffer) {
    this.#bytes = Buffer.from(memory)
  }

  get size(): number {
    return this.#size
  }

  get count(): number {
    return this.#count
  }

  /** What was added so far. */
  get text(): Uint8Array {
    return this.#bytes.subarray(0, this.#size)
  }

  /** `size`: what `lineSize` says of the line. The block must have room for it. */
  add(line: string, size: number): void {
    const end = this.#size + size
    this.#bytes.write(line, this.#size)
    this.#bytes[end - 1] = lineFeed
    this.#size = end
    this.#count++
  }
}

/** Blocks of one size. Pages that nothing was ever written to take no memory. */
export class LineBlocks {
  readonly #blockBytes: number
  readonly #free: SharedArrayBuffer[] = []

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes
  }

  next(): LineBlock {
    return new LineBlock(this.#free.pop() ?? new SharedArrayBuffer(this.#blockBytes))
  }

  /** Nobody reads this text of a block any more. */
  giveBack({ buffer }: Uint8Array): void {
    if (buffer instanceof SharedArrayBuffer && this.#free.length < maxFree) this.#free.push(buffer)
  }
}

/** Bytes of a line with the line feed that closes it. */
export function lineSize(line: string): number {
  return Buffer.byteLength(line) + 1
}

/** Lines as one text, each closed by a line feed. */
export function textOf(lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.map(line => `${line}\n`).join(''))
}

/** The lines of such a text. */
export function linesOf(text: Uint8Array): readonly string[] {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString().split('\n').slice(0, -1)
}
