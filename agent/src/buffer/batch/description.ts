import { textOf } from './line-block.ts'
import { maxBatchText } from './new-batch.ts'
import type { NewBatch } from './new-batch.ts'

/** Entries at the head of a new data stream, and by what their times were taken; see `BatchRow`. */
export interface Description {
  readonly lines: readonly string[]
  readonly clock: number
}

export const noDescription: Description = { lines: [], clock: 0 }

/** The batches at the head of a new data stream. */
export function describing({ lines, clock }: Description): readonly NewBatch[] {
  const own = { kind: 'data', readings: 0, counts: new Uint8Array(), clock, epoch: 0 } as const
  return chunksOf(lines, maxBatchText).map(chunk => ({ ...own, text: textOf(chunk), entries: chunk.length }))
}

/** Lines in as many lists as batches of `maxText` are needed for them. */
export function chunksOf(lines: readonly string[], maxText: number): readonly (readonly string[])[] {
  const chunks: string[][] = []
  let size = maxText
  for (const line of lines) {
    if (size + line.length > maxText) {
      chunks.push([])
      size = 0
    }
    chunks.at(-1)?.push(line)
    size += line.length + 1
  }
  return chunks
}
