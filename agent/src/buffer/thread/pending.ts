import { parseJson, stringifyJson } from '@lineside/contract'
import type { AlarmEntry, Sample } from '@lineside/contract'
import type { Correction } from '../../alarms/continued.ts'
import type { Settle } from '../../intake.ts'
import { streamKinds } from '../api.ts'
import type { Stamping, StreamKind } from '../api.ts'
import type { Dropped } from '../commit.ts'
import { addCounts, encodeCounts, renameCounts, renameEncoded } from '../batch/counts.ts'
import type { Counts } from '../batch/counts.ts'
import { BufferError } from '../error.ts'
import { type LineBlock, LineBlocks, lineSize, linesOf, textOf } from '../batch/line-block.ts'
import { ReadingCounts } from '../batch/point-ids.ts'
import type { PointId, PointIds } from '../batch/point-ids.ts'
import { maxBatchText } from '../batch/new-batch.ts'
import type { NewBatch } from '../batch/new-batch.ts'

/** Entries that will be one batch, and who wants to hear of its commit. */
export interface PendingBatch extends NewBatch {
  readonly settles: readonly Settle[]
  readonly clock: number
  readonly epoch: number
}

/** By what entries are stamped; see `NewBatch`. */
export type Stamps = Pick<PendingBatch, 'clock' | 'epoch'>

type Lost = Record<StreamKind, { entries: number; readings: number; counts: Counts }>

interface OpenBatch {
  block: LineBlock
  readings: number
  settles: Settle[]
  readonly counts: ReadingCounts
}

/**
 * Entries in memory on their way to a commit, at most `maxBytes` of text. When full the oldest data batch is let go,
 * alarms only when there is no data left; what is let go is counted by device and point for the gap that reports it.
 */
export class Pending {
  readonly points: PointIds
  readonly #maxBytes: number
  readonly #blocks = new LineBlocks(maxBatchText)
  readonly #open: Record<StreamKind, OpenBatch> = {
    alarms: newOpen(this.#blocks.next()),
    data: newOpen(this.#blocks.next()),
  }
  #closed: PendingBatch[] = []
  #stamps: Stamps
  #bytes = 0
  #entries = 0
  #readings = 0
  readonly dropped = { entries: 0, readings: 0 }
  #lost: Lost = { alarms: none(), data: none() }
  #reporting: Lost = { alarms: none(), data: none() }

  constructor(points: PointIds, maxBytes: number, stamps: Stamps = { clock: 0, epoch: 0 }) {
    this.points = points
    this.#stamps = stamps
    this.#maxBytes = maxBytes
  }

  /** Text that waits, also in a commit under way. */
  get bytes(): number {
    return this.#bytes
  }

  get entries(): number {
    return this.#entries
  }

  get readings(): number {
    return this.#readings
  }

  add(kind: StreamKind, line: string, sample: Sample | undefined, settle: Settle | undefined): void {
    const size = lineSize(line)
    if (size > maxBatchText) return this.#refuse(kind, size, sample, settle)
    const open = this.#open[kind]
    if (open.block.size + size > maxBatchText) this.#close(kind)
    this.#bytes += size
    this.#entries++
    open.block.add(line, size)
    if (settle) open.settles.push(settle)
    const readings = sample ? this.points.count(sample, open.counts) : 0
    open.readings += readings
    this.#readings += readings
    while (this.#bytes > this.#maxBytes && this.#dropOldest());
  }

  /** By what the entries are stamped that come from now on: no batch holds those of two clocks. */
  setStamps(stamps: Stamps): void {
    this.#closeAll()
    this.#stamps = stamps
  }

  /** Goes on by the point ids of the database, while none of its batches is taken. */
  adopt(known: Iterable<PointId>): void {
    this.#closeAll()
    const ids = this.points.adopt(known)
    this.#closed = this.#closed.map(batch => ({ ...batch, counts: renameEncoded(batch.counts, ids) }))
    for (const kind of streamKinds) this.#lost[kind].counts = renameCounts(this.#lost[kind].counts, ids)
  }

  /** Has alarms corrected that wait, in their order. */
  correct(correction: Correction): void {
    this.#close('alarms')
    this.#closed = this.#closed.flatMap(batch => {
      if (batch.kind !== 'alarms') return [batch]
      const lines = linesOf(batch.text).flatMap(line => corrected(line, correction))
      const text = textOf(lines)
      this.#bytes += text.length - batch.text.length
      this.#entries += lines.length - batch.entries
      this.#blocks.giveBack(batch.text)
      if (lines.length > 0) return [{ ...batch, text, entries: lines.length }]
      for (const settle of batch.settles) settle()
      return []
    })
  }

  /** The next batches to be committed, oldest first, some `most` of text; they count as waiting until `done`. */
  take(alarmsOnly: boolean, most: number): readonly PendingBatch[] {
    this.#close('alarms')
    if (!alarmsOnly) this.#close('data')
    const taken: PendingBatch[] = []
    let size = 0
    this.#closed = this.#closed.filter(batch => {
      if ((alarmsOnly && batch.kind !== 'alarms') || size > most) return true
      taken.push(batch)
      size += batch.text.length
      return false
    })
    return taken
  }

  /** What was let go since the last commit that reported it. */
  takeDropped(): readonly Dropped[] {
    const list = streamKinds.flatMap(kind => {
      const { entries, readings, counts } = this.#lost[kind]
      return entries === 0 ? [] : [{ kind, entries, readings, counts: encodeCounts(counts) }]
    })
    this.#reporting = this.#lost
    this.#lost = { alarms: none(), data: none() }
    return list
  }

  /** The commit is on the disk: its entries are the database's. */
  done(batches: readonly PendingBatch[]): void {
    for (const batch of batches) this.#forget(batch)
  }

  /** The commit failed: its entries wait again, before all others. */
  putBack(batches: readonly PendingBatch[]): void {
    this.#closed = [...batches, ...this.#closed]
    for (const kind of streamKinds) {
      const { entries, readings, counts } = this.#reporting[kind]
      this.#report(kind, entries, readings, counts)
    }
    while (this.#bytes > this.#maxBytes && this.#dropOldest());
  }

  #closeAll(): void {
    for (const kind of streamKinds) this.#close(kind)
  }

  #close(kind: StreamKind): void {
    const open = this.#open[kind]
    const { block, readings, settles } = open
    const entries = block.count
    if (entries === 0) return
    const counts = encodeCounts(open.counts.take())
    this.#closed.push({ kind, text: block.text, entries, readings, settles, counts, ...this.#stamps })
    open.block = this.#blocks.next()
    open.readings = 0
    open.settles = []
  }

  /** An entry that alone is more than a batch may hold: it can't be stored, only counted. */
  #refuse(kind: StreamKind, size: number, sample: Sample | undefined, settle: Settle | undefined): void {
    const counts = new ReadingCounts()
    const readings = sample ? this.points.count(sample, counts) : 0
    this.#countLost(kind, 1, readings, counts.take())
    settle?.(new BufferError('entry_too_large', `entry of ${size} bytes, at most ${maxBatchText}`))
  }

  #dropOldest(): boolean {
    if (this.#closed.length === 0) this.#close(this.#open.data.block.count > 0 ? 'data' : 'alarms')
    const data = this.#closed.findIndex(batch => batch.kind === 'data')
    const [batch] = this.#closed.splice(Math.max(data, 0), 1)
    if (!batch) return false
    this.#forget(batch)
    const counts: Counts = new Map()
    addCounts(counts, batch.counts)
    this.#countLost(batch.kind, batch.entries, batch.readings, counts)
    const error = new BufferError('dropped', 'memory is full of readings that the disk does not take')
    for (const settle of batch.settles) settle(error)
    return true
  }

  #forget(batch: PendingBatch): void {
    this.#bytes -= batch.text.length
    this.#entries -= batch.entries
    this.#readings -= batch.readings
    this.#blocks.giveBack(batch.text)
  }

  #countLost(kind: StreamKind, entries: number, readings: number, counts: Counts): void {
    this.dropped.entries += entries
    this.dropped.readings += readings
    this.#report(kind, entries, readings, counts)
  }

  #report(kind: StreamKind, entries: number, readings: number, counts: Counts): void {
    const lost = this.#lost[kind]
    lost.entries += entries
    lost.readings += readings
    for (const [id, count] of counts) lost.counts.set(id, (lost.counts.get(id) ?? 0) + count)
  }
}

export function stampsOf(stamping: (() => Stamping) | undefined): Stamps {
  const { zero, certain, epoch } = stamping?.() ?? { zero: 0, certain: true, epoch: 0 }
  return { clock: certain ? 0 : zero, epoch }
}

function corrected(line: string, correction: Correction): string[] {
  const entry = parseJson(line)
  if (!isAlarm(entry)) return [line]
  const now = correction(entry)
  return now === undefined ? [] : [now === entry ? line : stringifyJson(now)]
}

/** Of a line that was written here. */
function isAlarm(entry: unknown): entry is AlarmEntry {
  return typeof entry === 'object' && entry !== null && 'k' in entry && entry.k === 'alarm'
}

function newOpen(block: LineBlock): OpenBatch {
  return { block, readings: 0, settles: [], counts: new ReadingCounts() }
}

function none(): { entries: number; readings: number; counts: Counts } {
  return { entries: 0, readings: 0, counts: new Map() }
}
