import { crc32c } from '../batch/crc32c.ts'

const utf8 = new TextEncoder()

/** CRC-32C of a row's fields: SQLite would hand out a damaged page without a word. */
export function rowChecksum(...fields: readonly (string | number)[]): number {
  return crc32c(utf8.encode(JSON.stringify(fields)))
}

/** A row of `streams`, as it is stored. */
export interface StreamColumns {
  readonly id: number
  readonly stream: string
  readonly kind: string
  readonly run: number
  readonly boot: string
  readonly minted_ms: number
  readonly used_ms: number
  readonly high: number
  readonly present: string
  readonly readings: number
  readonly bytes: number
}

export function streamChecksum(row: StreamColumns): number {
  const { id, stream, kind, run, boot, minted_ms, used_ms, high, present, readings, bytes } = row
  return rowChecksum(id, stream, kind, run, boot, minted_ms, used_ms, high, present, readings, bytes)
}
