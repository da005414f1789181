import { fromBatchOf } from '@lineside/contract'
import type { BatchCollector, Entry, Sample } from '@lineside/contract'
import type { IncomingBatch } from '../log/log.ts'

/** Bounds of the first size of a request's text, in bytes; it doubles where that is too little. */
const leastRoom = 4096
const mostRoom = 1_048_576
const lineFeed = 0x0a

/** What is known of a request's text before it is read. */
export interface RequestText {
  readonly expectedBytes: number
  /** All of it where it is read at once, in a buffer that is handed on with the batches: their lines stay in it. */
  readonly whole?: Uint8Array
}

/**
 * Collectors for the batches of one request, which keep of each entry what the log needs: its line, its kind, and how
 * many readings it has. All lines lie in one buffer as bytes: thousands of strings would be copied again and again
 * until they are stored, by the garbage collector and on the way to the log's thread.
 */
export function createBatchCollectors({ expectedBytes, whole }: RequestText): () => BatchCollector<IncomingBatch> {
  const lines = createLineBuffer(Math.min(mostRoom, Math.max(leastRoom, expectedBytes)))
  return () => {
    lines.begin()
    const kinds: string[] = []
    let readings = 0
    let passesOn = false
    /** In `whole`. */
    let [from, to] = [0, 0]
    const inPlace = whole && isWorthKeeping(whole) ? whole : undefined
    const isInPlace = (at: number) => inPlace !== undefined && at >= 0
    return {
      add(entry, line, at) {
        kinds.push(entry.k)
        passesOn ||= fromBatchOf(entry) !== undefined
        if (isSample(entry)) readings += readingsIn(entry)
        if (!isInPlace(at)) return lines.add(line)
        if (kinds.length === 1) from = at
        to = at + line.length
      },
      end({ stream, seq }) {
        const text = to > 0 && inPlace ? inPlace.subarray(from, to) : lines.end()
        return { stream, seq, kinds, passesOn, text, readings }
      },
    }
  }
}

/** It is kept until it is stored, and the admission counts what is text. */
function isWorthKeeping({ byteLength, buffer }: Uint8Array): boolean {
  return 2 * byteLength >= buffer.byteLength
}

interface LineBuffer {
  /** A new piece; one that was not ended is forgotten. */
  begin(): void
  add(line: string): void
  /** What was added, joined by `\n`. */
  end(): Uint8Array
}

/** Lines as bytes, one piece behind the other; `room` bytes are made when the first one comes. */
function createLineBuffer(room: number): LineBuffer {
  let text = Buffer.alloc(0)
  let [from, used] = [0, 0]

  /** What was handed out before keeps the buffer that it lies in. */
  function reserve(bytes: number): void {
    if (used + bytes <= text.byteLength) return
    const larger = Buffer.allocUnsafeSlow(Math.max(room, 2 * text.byteLength, used + bytes))
    text.copy(larger, 0, 0, used)
    text = larger
  }

  return {
    begin() {
      used = from
    },
    add(line) {
      reserve(line.length * 3 + 1)
      if (used > from) text[used++] = lineFeed
      used += text.write(line, used)
    },
    end() {
      const piece = text.subarray(from, used)
      from = used
      return piece
    },
  }
}

function isSample(entry: Entry): entry is Sample {
  return entry.k === 'sample'
}

function readingsIn({ values, quality }: Sample): number {
  let count = Object.keys(values).length
  for (const point in quality) if (!Object.hasOwn(values, point)) count++
  return count
}
