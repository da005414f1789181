import { ReceiverError } from '../../error.ts'
import type { Topic } from '../../log/log.ts'
import type { ObjectStore } from './object-store.ts'

/** Where one archiver's objects belong: parts of every name. */
export interface Lane {
  readonly incarnation: string
  readonly topic: Topic
  readonly shard: number
}

/** Offsets [first, end). */
export interface Span {
  readonly first: number
  readonly end: number
}

export function intentFolder({ incarnation, topic, shard }: Lane): string {
  return `_log/${incarnation}/${topic}/${shard}/`
}

/** `date=…/gateway=…/<incarnation>-<topic>-<shard>-<first>-<end>.parquet` (protocol.md, A2). */
export function objectKey(folder: string, { incarnation, topic, shard }: Lane, { first, end }: Span): string {
  return `${folder}/${incarnation}-${topic}-${shard}-${first}-${end}.parquet`
}

/** `_lost/…/<first>-<end>.json`: a part of a range that the log no longer had (protocol.md, A4). */
export function lostKey({ incarnation, topic, shard }: Lane, { first, end }: Span): string {
  return `_lost/${incarnation}/${topic}/${shard}/${first}-${end}.json`
}

/** Fixes the end of the range that begins at `first`: ours, or the one that stands there already. */
export async function putIntent(store: ObjectStore, lane: Lane, { first, end }: Span): Promise<Span> {
  const key = `${intentFolder(lane)}${first}.json`
  const outcome = await store.putIfAbsent(key, Buffer.from(`${JSON.stringify({ first, end })}\n`))
  return outcome === 'created' ? { first, end } : readIntent(store, lane, first)
}

async function readIntent(store: ObjectStore, lane: Lane, first: number): Promise<Span> {
  const key = `${intentFolder(lane)}${first}.json`
  const bytes = await store.get(key)
  const end = bytes === undefined ? undefined : endIn(Buffer.from(bytes).toString())
  if (end === undefined || end <= first) {
    throw new ReceiverError('archive', `archive: ${key} is no intent`, {
      hint: 'put it back from a backup of the archive; without it rows would be missing or doubled',
    })
  }
  return { first, end }
}

/** The newest intent; undefined before the first. */
export async function lastIntent(store: ObjectStore, lane: Lane): Promise<Span | undefined> {
  const folder = intentFolder(lane)
  let last: number | undefined
  for (const key of await store.list(folder)) {
    const first = /^(\d{1,15})\.json$/.exec(key.slice(folder.length))?.[1]
    if (first !== undefined) last = Math.max(last ?? 0, Number(first))
  }
  return last === undefined ? undefined : readIntent(store, lane, last)
}

function endIn(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('end' in value)) return undefined
    return Number.isSafeInteger(value.end) ? Number(value.end) : undefined
  } catch {
    return undefined
  }
}
