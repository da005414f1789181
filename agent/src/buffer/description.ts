/** Entries at the head of a new data stream, and by what their times were taken; see `BatchRow`. */
export interface Description {
  readonly lines: readonly string[]
  readonly clock: number
}

export const noDescription: Description = { lines: [], clock: 0 }

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
