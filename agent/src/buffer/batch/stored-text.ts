import { limits } from '@lineside/contract'
import { gunzipSync } from 'node:zlib'

/** One batch as it stands in a stored member. */
export interface StoredBatch {
  readonly gateway: string
  readonly stream: string
  readonly seq: number
  readonly boot: string
  readonly lines: readonly string[]
}

/** The batches of a stored member; undefined where it is not one. */
export function readMember(member: Uint8Array): readonly StoredBatch[] | undefined {
  let lines: string[]
  try {
    lines = gunzipSync(member, { maxOutputLength: 2 * limits.memberTextBytes })
      .toString('utf8')
      .split('\n')
  } catch {
    return undefined
  }
  const batches: StoredBatch[] = []
  for (let at = 0; at < lines.length - 1; ) {
    const header = parseHeader(lines[at] ?? '')
    if (!header || at + header.count > lines.length - 2) return undefined
    const { count, ...name } = header
    batches.push({ ...name, lines: lines.slice(at + 1, at + 1 + count) })
    at += 1 + count
  }
  return batches.length === 0 ? undefined : batches
}

function parseHeader(line: string): (Omit<StoredBatch, 'lines'> & { readonly count: number }) | undefined {
  let fields: Readonly<Record<string, unknown>>
  try {
    fields = JSON.parse(line)
  } catch {
    return undefined
  }
  const { gateway, stream, seq, count, boot } = fields
  if (typeof gateway !== 'string' || typeof stream !== 'string' || typeof boot !== 'string') return undefined
  if (typeof seq !== 'number' || typeof count !== 'number' || seq < 1 || count < 0) return undefined
  return { gateway, stream, seq, count, boot }
}
