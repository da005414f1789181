import { Buffer } from 'node:buffer'

const lineFeed = 0x0a
const firstBytes = 4096

/**
 * Lines on their way to one batch, as the bytes that they will be stored as: outside the heap, where text that lives
 * for a second costs a garbage collection, and ready for another thread.
 */
export class LineBlock {
  #bytes = Buffer.allocUnsafeSlow(firstBytes)
  #size = 0
  #count = 0

  get size(): number {
    return this.#size
  }

  get count(): number {
    return this.#count
  }

  /** `size`: what `lineSize` says of the line. */
  add(line: string, size: number): void {
    const end = this.#size + size
    if (end > this.#bytes.length) {
      const wider = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#bytes.length))
      this.#bytes.copy(wider, 0, 0, this.#size)
      this.#bytes = wider
    }
    this.#bytes.write(line, this.#size)
    this.#bytes[end - 1] = lineFeed
    this.#size = end
    this.#count++
  }

  /** All of it, in memory of its own, and begins again at nothing. */
  take(): Uint8Array {
    const text = Uint8Array.prototype.slice.call(this.#bytes, 0, this.#size)
    this.#size = 0
    this.#count = 0
    return text
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
