import { encodeEnvelope, limits, subtractSets } from '@lineside/contract'
import type { EnvelopeStream } from '@lineside/contract'
import { gzipSync } from 'node:zlib'
import type { BufferNotice, Take, TakeOptions } from '../api.ts'
import { isHeld } from '../store/run-clocks.ts'
import { batchChecksum } from '../batch/crc32c.ts'
import { damageError } from '../file/damage.ts'
import { liveFrom, sendOrder } from './order.ts'
import type { Sendable, SendRange } from './order.ts'
import { quarantine } from './quarantine.ts'
import { intersectSets, lowOf } from './receipt.ts'
import { forget, needsProbe } from './rejections.ts'
import type { Sender } from './sender.ts'
import { restampSome, restampText } from './restamp-rows.ts'
import { isSoundBatch } from '../store/sound-batch.ts'
import type { Store } from '../store/store.ts'
import type { BatchRow } from '../store/rows.ts'
import { keyOf, nameOf } from '../store/streams.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { write } from '../store/transaction.ts'
import type { Names } from '../batch/new-batch.ts'
import type { Moment } from '../store/transaction.ts'

/** Room for the envelope of an everyday request. */
const envelopeRoom = 1024

interface Picked {
  readonly rows: readonly BatchRow[]
  /** Begins with a row whose times are to be corrected first (protocol.md, C1). */
  readonly stale?: SendRange
  readonly damaged: readonly BatchRow[]
  readonly more: boolean
  readonly backlogBytes: number
}

/** The next request; undefined when nothing may be sent. Damaged rows it meets go to quarantine first. */
export function take(
  sender: Sender,
  moment: Moment,
  options: TakeOptions,
): { readonly take: Take | undefined; readonly notices: readonly BufferNotice[] } {
  const notices: BufferNotice[] = []
  let corrected = 0
  for (;;) {
    const picked = pick(sender, moment, options)
    if (picked.stale && (corrected < restampText || picked.rows.length === 0)) {
      const text = restampSome(sender.store, moment, picked.stale)
      // Nothing but damage keeps a row from being corrected; asking again would never end.
      if (text === 0) throw damageError(`batch ${picked.stale.id}/${picked.stale.from} can't be corrected`)
      corrected += text
      continue
    }
    if (picked.damaged.length > 0) {
      notices.push(...quarantine(sender, moment, picked.damaged, 'corrupt', 'checksum differs'))
      continue
    }
    const [first] = picked.rows
    // One batch an interval, also where several share a member (protocol.md, R2).
    if (sender.rejections.probing && first && first.last > nameOf(first.key).seq) {
      write(sender.store, moment, draft => draft.unmerge(first))
      continue
    }
    if (picked.rows.length === 0 && options.nameAll !== true) return { take: undefined, notices }
    return { take: assemble(sender, picked, options.nameAll === true), notices }
  }
}

function pick(sender: Sender, moment: Moment, { maxBytes, backlog = true, alarmsOnly = false }: TakeOptions): Picked {
  const { store } = sender
  sender.rejections = forget(sender.rejections, key => store.row(key) === undefined)
  const { rejections } = sender
  const streams = sendables(store)
  const current = streams.find(stream => stream.current && stream.kind === 'data')
  if (current?.id !== sender.liveStream) sender.live = 1
  sender.liveStream = current?.id
  if (current) {
    const live = liveFrom(current, sender.live, maxBytes)
    // A row goes out as a whole.
    sender.live = store.spanOf(current.id, live)?.first ?? live
  }
  const suspects = presentOf(sender, streams)
  sender.suspects = suspects
  if (suspects.size > 0 && !alarmsOnly) {
    const only = streams.map(stream => ({ ...stream, present: suspects.get(stream.id) ?? [] }))
    const suspected = sendOrder(only, sender.live, id => sender.notFree(id))
    const first = collect(store, suspected, maxBytes, rejections.probing ? 1 : sender.suspectLimit)
    if (first.rows.length > 0 || first.damaged.length > 0) return { ...first, more: true }
  }
  const most = rejections.probing ? 1 : limits.requestBatches
  const known = streams.filter(({ id }) => !isHeld(store.clocks, store.streams.get(id), store.boot, moment.clock))
  const ready = alarmsOnly ? known.filter(({ kind }) => kind === 'alarms') : known
  const order = sendOrder(ready, sender.live, id => sender.notFree(id))
  const allowed = backlog ? order : order.filter(({ isBacklog }) => isBacklog !== true)
  const fresh = collect(store, allowed, maxBytes, most)
  if (fresh.rows.length > 0 || fresh.damaged.length > 0 || rejections.marks.size === 0) return fresh
  return needsProbe(rejections) && isRight(moment) && !alarmsOnly ? probe(sender, moment) : again(sender, ready)
}

/** A fresh state batch, which asks whether the receiver takes anything at all (protocol.md, R2). */
function probe(sender: Sender, moment: Moment): Picked {
  const { store, flights } = sender
  const known = sender.probe === undefined ? undefined : store.row(sender.probe)
  if (known) {
    const { id, seq } = nameOf(known.key)
    const busy = intersectSets(flights.holding(id), [[seq, seq]]).length > 0
    if (busy) return { rows: [], damaged: [], more: false, backlogBytes: 0 }
    // Its checksum is looked at as that of any other.
    return collect(store, [{ id, from: seq, to: seq }], limits.requestBytes, 1)
  }
  const entry = { k: 'state', t: moment.now, scope: 'agent', name: store.gateway, state: 'degraded' }
  const reason = 'the receiver rejects batches'
  sender.probe = write(store, moment, draft => draft.insert(ownBatch('data', [{ ...entry, reason }])))
  const row = store.row(sender.probe)
  return { rows: row ? [row] : [], damaged: [], more: false, backlogBytes: 0 }
}

/** The first rejected batch, alone. */
function again(sender: Sender, streams: readonly Sendable[]): Picked {
  const marked = streams.map(stream => ({
    ...stream,
    present: intersectSets(stream.present, sender.marked(stream.id)),
  }))
  return collect(
    sender.store,
    sendOrder(marked, 1, id => sender.flights.holding(id)),
    limits.requestBytes,
    1,
  )
}

function sendables(store: Store): readonly Sendable[] {
  const waiting = [...store.streams.values()].filter(row => row.present.length > 0)
  return waiting.map(row => ({ ...row, current: store.isCurrent(row.id) }))
}

/** Whether what the buffer itself has to say would bear the right time. */
function isRight({ clock }: Moment): boolean {
  return clock === undefined || clock.certain
}

/** Suspects that still wait and were not rejected since. */
function presentOf(sender: Sender, streams: readonly Sendable[]): Names {
  const left = streams.map(({ id, present }) => {
    const set = intersectSets(present, sender.suspects.get(id) ?? [])
    return [id, subtractSets(set, sender.marked(id))] as const
  })
  return new Map(left.filter(([, set]) => set.length > 0))
}

/** Rows in this order until a limit of the request is reached; at least one, however large. */
function collect(store: Store, order: readonly SendRange[], maxBytes: number, most: number): Picked {
  const rows: BatchRow[] = []
  const damaged: BatchRow[] = []
  let bytes = envelopeRoom
  let text = envelopeRoom
  let batches = 0
  let backlogBytes = 0
  for (const { id, from, to, isBacklog } of order) {
    const stream = store.streams.get(id)?.stream ?? ''
    let expected = from
    for (const row of store.sql.rows.iterate(keyOf(id, from), keyOf(id, to))) {
      const { seq } = nameOf(row.key)
      if (seq !== expected || !isSoundBatch(row)) throw damageError(`batch ${id}/${expected} is not what it was`)
      const full = bytes + row.member.length > maxBytes || text + row.text_bytes > limits.requestTextBytes
      if (rows.length >= most || batches + row.last - seq >= limits.requestBatches || (full && rows.length > 0))
        return { rows, damaged, more: true, backlogBytes }
      expected = row.last + 1
      if (batchChecksum(stream, seq, row.member, row.last, row.clock) !== row.crc) {
        damaged.push(row)
        continue
      }
      if (row.clock !== 0) return { rows, damaged, stale: { id, from: seq, to }, more: true, backlogBytes }
      rows.push(row)
      bytes += row.member.length
      if (isBacklog) backlogBytes += row.member.length
      batches += row.last - seq + 1
      text += row.text_bytes
    }
    if (expected <= to) throw damageError(`batch ${id}/${expected} is missing`)
  }
  return { rows, damaged, more: false, backlogBytes }
}

function assemble(sender: Sender, { rows, more, backlogBytes }: Picked, nameAll: boolean): Take {
  const { store } = sender
  const flight = sender.flights.begin(rows.map(row => ({ ...nameOf(row.key), last: row.last })))
  const named = store.named()
  const streams: EnvelopeStream[] = []
  for (const row of store.streams.values()) {
    if (!nameAll && !flight.holds.has(row.id)) continue
    const low = lowOf(row.high, row.present, named.get(row.id) ?? [])
    const follows = nameAll || !sender.placed.has(row.id) ? store.lineage.descents.get(row.stream)?.follows : undefined
    streams.push({
      stream: row.stream,
      low,
      ...(store.isCurrent(row.id) ? {} : { sealed: row.high }),
      ...(follows === undefined ? {} : { follows }),
    })
  }
  const batches = rows.reduce((sum, row) => sum + row.last - nameOf(row.key).seq + 1, 0)
  const envelope = encodeEnvelope({ gateway: store.gateway, batches, streams })
  return {
    requestId: flight.requestId,
    body: concatenate([gzipSync(envelope), ...rows.map(row => row.member)]),
    batches,
    backlogBytes,
    readings: rows.reduce((sum, row) => sum + row.readings, 0),
    streams: streams.map(({ stream }) => stream),
    more,
    probing: sender.rejections.probing,
  }
}

/** In memory of its own, so that it can be handed to another thread without a copy. */
function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const body = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    body.set(part, at)
    at += part.length
  }
  return body
}
