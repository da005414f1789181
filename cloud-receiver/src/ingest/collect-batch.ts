import { fromBatchOf } from '@lineside/contract'
import type { BatchCollector, Entry, Sample } from '@lineside/contract'
import type { IncomingBatch } from '../log/log.ts'

/** Bounds of the first size of a request's text, in bytes; it doubles where that is too little. */
const leastRoom = 4096
const mostRoom = 1_048_576
const lineFeed = 0x0a

/**
 * Collectors for the batches of one request, which keep of each entry what the log needs: its line, its kind, and how
 * many readings it has. All lines lie in one buffer as bytes: thousands of strings would be copied again and again
 * until they are stored, by the garbage collector and on the way to the log's thread. `expectedBytes` says how many
 * they may become.
 */
export function createBatchCollectors(expectedBytes: number): () => BatchCollector<IncomingBatch> {
  let text = Buffer.allocUnsafeSlow(Math.min(mostRoom, Math.max(leastRoom, expectedBytes)))
  let used = 0

  /** Room for `bytes` behind `end`; what was handed out before keeps the buffer that it lies in. */
  function reserve(end: number, bytes: number): void {
    if (end + bytes <= text.byteLength) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * text.byteLength, end + bytes))
    text.copy(larger, 0, 0, end)
    text = larger
  }

  return () => {
    const kinds: string[] = []
    const from = used
    let end = from
    let readings = 0
    let passesOn = false
    return {
      add(entry, line) {
        kinds.push(entry.k)
        passesOn ||= fromBatchOf(entry) !== undefined
        if (isSample(entry)) readings += readingsIn(entry)
        reserve(end, line.length * 3 + 1)
        if (kinds.length > 1) text[end++] = lineFeed
        end += text.write(line, end)
      },
      end({ stream, seq }) {
        used = end
        return { stream, seq, kinds, passesOn, text: text.subarray(from, end), readings }
      },
    }
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
