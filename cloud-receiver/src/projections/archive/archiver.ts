import type { Clock } from '@lineside/contract'
import { ReceiverError } from '../../error.ts'
import type { Log } from '../../log/log.ts'
import { intentFolder, lastIntent, lostKey, objectKey, putIntent } from './intents.ts'
import type { Lane, Span } from './intents.ts'
import type { ObjectStore } from './object-store.ts'
import { createRange } from './range.ts'
import type { Range, RangeObject } from './range.ts'

/** When a range ends, whichever comes first. */
export interface Roll {
  readonly rows: number
  /** Since the first record of the range was read, in milliseconds. */
  readonly everyMs: number
}

/** What the archiver did, for metrics and the log. */
export interface ArchiveEvents {
  stored(object: { readonly key: string; readonly rows: number; readonly bytes: number }): void
  sealed(span: Span): void
  /** The log no longer had these records (protocol.md, A4). */
  lost(span: Span): void
}

export interface ArchiverOptions {
  readonly log: Log
  readonly store: ObjectStore
  readonly clock: Clock
  readonly lane: Lane
  readonly roll: Roll
  readonly events: ArchiveEvents
}

/** Objects of one range; a clock gone wild in a gateway must not make thousands of open files of it. */
const maxObjects = 1000
const chunk = 1000

/**
 * Writes one topic and shard of the log as Parquet (protocol.md, A). Its position is the chain of intents; the caller
 * makes one call at a time, and may repeat a call that failed.
 */
export interface Archiver {
  /** First offset that no finished range holds. */
  readonly position: number
  /** Reads on and ends ranges that are full or due. */
  advance(): Promise<void>
  /** Reads to the end of the log and ends the range there. */
  rollNow(): Promise<void>
}

/** Finds its position and does the last range again. Throws ReceiverError `archive_ahead`, `archive`, `log_failed`. */
export async function openArchiver(options: ArchiverOptions): Promise<Archiver> {
  const { log, store, clock, lane, roll, events } = options
  const { topic, shard } = lane
  let first = 0
  let next = 0
  let range = createRange()
  let due: number | undefined
  /** A range that has its intent, until all its objects are stored. */
  let sealing: { readonly span: Span; readonly objects: readonly RangeObject[] } | undefined

  function begin(offset: number): void {
    first = offset
    next = offset
    range = createRange()
    due = undefined
  }

  const isFull = () => range.rows >= roll.rows || range.size >= maxObjects

  /** Reads records into `into` from `from`; gives the offset that it came to. */
  async function readInto(into: Range, from: number, to: number, full: () => boolean): Promise<number> {
    let at = from
    while (at < to && !full()) {
      for (const record of await log.read(topic, shard, at, to, chunk)) {
        into.add(record)
        at = record.offset + 1
        if (full()) break
      }
    }
    return at
  }

  /** Offset from which the log can be read: behind `from` where records are gone, which is then recorded. */
  async function skipLost(from: number, to: number): Promise<number> {
    const start = Math.min(await log.begin(topic, shard), to)
    if (start <= from) return from
    const span = { first: from, end: start }
    await store.putIfAbsent(lostKey(lane, span), Buffer.from(`${JSON.stringify(span)}\n`))
    events.lost(span)
    return start
  }

  async function build(span: Span): Promise<readonly RangeObject[]> {
    const again = createRange()
    await readInto(again, await skipLost(span.first, span.end), span.end, () => false)
    return again.finish()
  }

  async function finishSealing(): Promise<void> {
    if (sealing === undefined) return
    const { span, objects } = sealing
    for (const { folder, rows, bytes } of objects) {
      const key = objectKey(folder, lane, span)
      const outcome = await store.putIfAbsent(key, bytes)
      if (outcome === 'created') events.stored({ key, rows, bytes: bytes.byteLength })
    }
    sealing = undefined
    begin(span.end)
    events.sealed(span)
  }

  async function seal(): Promise<void> {
    if (sealing === undefined && next > first) {
      const span = await putIntent(store, lane, { first, end: next })
      if (span.end === next) sealing = { span, objects: range.finish() }
      else {
        checkEnd(span, await log.end(topic, shard), lane)
        sealing = { span, objects: await build(span) }
      }
    }
    await finishSealing()
  }

  async function readOn(): Promise<void> {
    const end = await log.end(topic, shard)
    if (next === end) return
    due ??= clock.monotonic() + roll.everyMs
    if (next === first) next = await skipLost(first, end)
    next = await readInto(range, next, end, isFull)
  }

  const last = await lastIntent(store, lane)
  if (last !== undefined) {
    checkEnd(last, await log.end(topic, shard), lane)
    sealing = { span: last, objects: await build(last) }
  }
  await finishSealing()

  return {
    get position() {
      return first
    },
    async advance() {
      await finishSealing()
      await readOn()
      while (isFull()) {
        await seal()
        await readOn()
      }
      if (due !== undefined && clock.monotonic() >= due) await seal()
    },
    async rollNow() {
      await finishSealing()
      for (;;) {
        await readOn()
        const full = isFull()
        await seal()
        if (!full) return
      }
    },
  }
}

/** Going on would leave out what the log held before it was restored (protocol.md, T10). */
function checkEnd(span: Span, logEnd: number, lane: Lane): void {
  if (span.end <= logEnd) return
  const intent = `${intentFolder(lane)}${span.first}.json`
  throw new ReceiverError(
    'archive_ahead',
    `archive intent ${intent} ends at ${span.end}, the log ends at ${logEnd}: the log was restored from an older copy`,
    { hint: 'put the newer log back, or give the restored one an archive folder of its own' },
  )
}
