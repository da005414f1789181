import type { Clock } from '@lineside/contract'
import { ReceiverError } from '../../error.ts'
import type { Log } from '../../log/log.ts'
import { intentFolder, lastIntent, objectKey, putIntent } from './intents.ts'
import type { Lane, Span } from './intents.ts'
import { createLaneReader } from './lane-reader.ts'
import type { LaneReader } from './lane-reader.ts'
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
  /** The log no longer had these records (protocol.md, A3). */
  lost(span: Span): void
}

export interface ArchiverOptions {
  readonly log: Log
  readonly store: ObjectStore
  readonly clock: Clock
  readonly lane: Lane
  readonly roll: Roll
  readonly events: ArchiveEvents
  /** Offset behind the last record of the lane that the log held when it was opened. */
  readonly endAtStart: number
}

/** Objects of one range; a clock gone wild in a gateway must not make thousands of open files of it. */
const maxObjects = 1000

/**
 * Writes one topic and shard of the log as Parquet (protocol.md, A). Its position is the chain of intents; the caller
 * makes one call at a time, and may repeat a call that failed.
 */
export interface Archiver {
  /** First offset that no finished range holds. */
  readonly position: number
  /** Reads on and ends ranges that are full or due; gives the milliseconds until the next is due. */
  advance(): Promise<number>
  /** Reads to the end of the log and ends the range there. */
  rollNow(): Promise<void>
}

/** Finds its position and does the last range again. Throws ReceiverError `archive_ahead`, `archive`, `log_failed`. */
export async function openArchiver(options: ArchiverOptions): Promise<Archiver> {
  const { log, store, clock, lane, roll, events } = options
  const reader = createLaneReader({ log, store, lane, lost: span => events.lost(span) })
  const sealer = createSealer(options, reader)
  let open: OpenRange = beginAt((await sealer.resume()) ?? 0)

  const isFull = () => open.range.rows >= roll.rows || open.range.size >= maxObjects
  const dueIn = () => (open.due === undefined ? Infinity : open.due - clock.monotonic())

  /** A range that has its intent comes first: it may have failed before. */
  async function finish(): Promise<void> {
    const end = await sealer.finish()
    if (end !== undefined) open = beginAt(end)
  }

  async function seal(): Promise<void> {
    if (open.next > open.first) await sealer.begin(open)
    await finish()
  }

  async function readOn(): Promise<void> {
    const end = await reader.end()
    if (open.next === end) return
    open.due ??= clock.monotonic() + roll.everyMs
    if (open.next === open.first) open.next = await reader.skipLost(open.first, end)
    open.next = await reader.readInto(open.range, open.next, end, isFull)
  }

  return {
    get position() {
      return open.first
    },
    async advance() {
      await finish()
      await readOn()
      while (isFull()) {
        await seal()
        await readOn()
      }
      if (dueIn() <= 0) await seal()
      return Math.max(0, dueIn())
    },
    async rollNow() {
      await finish()
      for (;;) {
        await readOn()
        const full = isFull()
        await seal()
        if (!full) return
      }
    },
  }
}

/** The range that is being read: offsets [first, next) so far. */
interface OpenRange {
  readonly first: number
  next: number
  readonly range: Range
  /** Monotonic ms at which it ends; undefined while it is empty. */
  due: number | undefined
}

function beginAt(offset: number): OpenRange {
  return { first: offset, next: offset, range: createRange(), due: undefined }
}

/** Ends ranges: first the intent, then every object. */
interface Sealer {
  /** The last range that has an intent is done again; gives its end, undefined before the first. */
  resume(): Promise<number | undefined>
  /** Fixes the end of a range by its intent. */
  begin(open: OpenRange): Promise<void>
  /** Stores what the range under way still lacks; gives its end, undefined when there is none. */
  finish(): Promise<number | undefined>
}

function createSealer({ store, lane, events, endAtStart }: ArchiverOptions, reader: LaneReader): Sealer {
  /** A range that has its intent, until all its objects are stored. */
  let sealing: { readonly span: Span; readonly objects: readonly RangeObject[] } | undefined

  async function again(span: Span, logEnd: number): Promise<void> {
    checkEnd(span, logEnd, lane)
    sealing = { span, objects: await reader.build(span) }
  }

  async function finish(): Promise<number | undefined> {
    if (sealing === undefined) return undefined
    const { span, objects } = sealing
    for (const { folder, rows, bytes } of objects) {
      const key = objectKey(folder, lane, span)
      const outcome = await store.putIfAbsent(key, bytes)
      if (outcome === 'created') events.stored({ key, rows, bytes: bytes.byteLength })
    }
    sealing = undefined
    events.sealed(span)
    return span.end
  }

  return {
    finish,
    async resume() {
      const last = await lastIntent(store, lane)
      // What came since the start may have filled up what a restored log lacks.
      if (last !== undefined) await again(last, endAtStart)
      return finish()
    },
    async begin({ first, next, range }) {
      const span = await putIntent(store, lane, { first, end: next })
      if (span.end === next) sealing = { span, objects: range.finish() }
      else await again(span, await reader.end())
    },
  }
}

/** Going on would leave out what the log held before it was restored (protocol.md, T2). */
function checkEnd(span: Span, logEnd: number, lane: Lane): void {
  if (span.end <= logEnd) return
  const intent = `${intentFolder(lane)}${span.first}.json`
  throw new ReceiverError(
    'archive_ahead',
    `archive intent ${intent} ends at ${span.end}, the log ends at ${logEnd}: the log was restored from an older copy`,
    { hint: 'put the newer log back, or give the restored one an archive folder of its own' },
  )
}
