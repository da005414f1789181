import type { IntervalSet, Receipt } from '@lineside/contract'
import { acknowledgeLater } from '../store/acknowledge-later.ts'
import type { BufferNotice, Settled } from '../api.ts'
import type { Flight } from './flights.ts'
import { writeGap } from '../store/gap.ts'
import { withBeside } from '../store/lineage.ts'
import { reportedAt, untilReport } from './loss-pace.ts'
import { countNames, mergeSets } from '../batch/new-batch.ts'
import type { Names } from '../batch/new-batch.ts'
import { moveOne, undecodable } from './quarantine.ts'
import { coversUnminted, intersectSets, lostSeqs } from './receipt.ts'
import { accepted, forget, putOff, rejected } from './rejections.ts'
import type { Rejections } from './rejections.ts'
import type { Sender } from './sender.ts'
import type { Store } from '../store/store.ts'
import { keyOf, nameOf } from '../store/streams.ts'
import type { StreamRow } from '../store/streams.ts'
import { write } from '../store/transaction.ts'
import type { Draft, Moment } from '../store/transaction.ts'

export interface SettleOutcome {
  readonly settled: Settled
  readonly notices: readonly BufferNotice[]
}

const nothing: SettleOutcome = { settled: { acked: 0, arrived: 0, rejected: 0 }, notices: [] }

/** Applies a receipt: takes out what it acknowledges, judges what it rejects, reports what it proves lost. */
export function settle(sender: Sender, moment: Moment, requestId: number, receipt: Receipt): SettleOutcome {
  const flight = sender.flights.get(requestId)
  if (!flight) return nothing
  const { store } = sender
  const notices: BufferNotice[] = []
  const byName = new Map([...store.streams.values()].map(row => [row.stream, row]))
  const known = receipt.streams.flatMap(said => {
    const row = byName.get(said.stream)
    return row ? [{ row, said }] : []
  })
  for (const { row, said } of known) if (said.acked.length > 0) sender.placed.add(row.id)
  const covered = coveredBy(known)
  const isAcceptance = sender.showsAcceptance(flight, covered)
  const arrived = countNames(arrivedOf(flight, known))
  // Steady, whatever is found out of the time meanwhile.
  const atMs = moment.now - (moment.clock?.zero ?? 0)
  const heldMs = untilReport(sender.losses, atMs)
  const found = findLost(sender, known, flight, covered)
  const again = (lost: Names) => (lost.size > 0 && heldMs > 0 ? { nameAllMs: heldMs } : {})
  const nothingLost = found.size === 0 || heldMs > 0
  if (nothingLost && saysNoMore(sender, known) && acknowledgeLater(store, covered)) {
    const acked = countNames(covered)
    if (isAcceptance) sender.rejections = accepted(sender.rejections, sender.flights.sent)
    sender.flights.end(requestId)
    sender.flights.settled(covered)
    return { settled: { acked, arrived, rejected: 0, ...again(found) }, notices }
  }
  const gone = new Map(covered)
  const outcome = write(store, moment, draft => {
    for (const [id, set] of covered) {
      for (const [from, to] of set) mergeSets(gone, draft.remove(id, from, to).names)
    }
    for (const { row, said } of known) notices.push(...cloneNotices(sender, draft, row, said.acked))
    for (const { stream, beside } of foundBeside(store, known)) notices.push(besideNotice(store, draft, stream, beside))
    const lost = findLost(sender, known, flight, gone)
    const batches = heldMs > 0 ? 0 : countNames(lost)
    if (batches > 0) {
      writeGap(draft, 'receiver_lost', lost)
      notices.push({ kind: 'receiver_lost', batches })
    }
    const judged = judge(sender, draft, flight, known)
    notices.push(...judged.notices)
    const { count } = judged
    const acked = countNames(covered)
    // An acceptance in the same receipt ends the streak, whatever the order of its streams.
    const rejections = isAcceptance ? accepted(judged.rejections, sender.flights.sent) : judged.rejections
    return { acked, batches, lost, count, rejections }
  })
  sender.flights.end(requestId)
  sender.flights.settled(gone)
  if (outcome.rejections.probing !== sender.rejections.probing) {
    const { streak, probing } = outcome.rejections
    notices.push(probing ? { kind: 'rejecting', rejections: streak } : { kind: 'accepting' })
  }
  if (outcome.batches > 0) sender.losses = reportedAt(sender.losses, atMs)
  sender.rejections = forget(outcome.rejections, key => store.row(key) === undefined)
  const named = outcome.batches > 0 ? { nameAllMs: 0 } : again(outcome.lost)
  const cloned = notices.some(({ kind }) => kind === 'clone') ? { isCloned: true as const } : {}
  return { settled: { acked: outcome.acked, arrived, rejected: outcome.count, ...named, ...cloned }, notices }
}

interface Said {
  readonly row: StreamRow
  readonly said: Receipt['streams'][number]
}

/** What waits and has arrived. */
function coveredBy(known: readonly Said[]): Names {
  const sets = known.map(({ row, said }) => [row.id, intersectSets(row.present, said.acked)] as const)
  return new Map(sets.filter(([, set]) => set.length > 0))
}

/** What the request held and the receiver has. */
function arrivedOf({ holds }: Flight, known: readonly Said[]): Names {
  return new Map(known.map(({ row, said }) => [row.id, intersectSets(holds.get(row.id) ?? [], said.acked)] as const))
}

/** Whether a receipt says nothing but what has arrived, and nothing hangs on that. */
function saysNoMore(sender: Sender, known: readonly Said[]): boolean {
  const { marks, probing } = sender.rejections
  if (marks.size > 0 || probing || foundBeside(sender.store, known).length > 0) return false
  const isPlain = ({ row, said }: Said) => (said.rejected ?? []).length === 0 && !coversUnminted(said.acked, row.high)
  return known.every(isPlain)
}

function cloneNotices(sender: Sender, draft: Draft, row: StreamRow, acked: IntervalSet): readonly BufferNotice[] {
  if (!coversUnminted(acked, row.high)) return []
  if (sender.store.isCurrent(row.id)) {
    draft.retireStreams()
    sender.restored.add(row.id)
    return [{ kind: 'clone', stream: row.stream }]
  }
  if (sender.restored.has(row.id)) return []
  sender.restored.add(row.id)
  return [{ kind: 'restored', stream: row.stream }]
}

/** Streams of other databases that receipts place beside one of ours, and that nobody was told of yet (protocol.md, N8). */
function foundBeside({ streams, lineage }: Store, known: readonly Said[]) {
  return known.flatMap(({ row: { stream }, said: { beside } }) => {
    if (beside === undefined || !withBeside(lineage.descents.get(stream), beside)) return []
    const isOurs = [...streams.values()].some(row => row.stream === beside)
    return isOurs ? [] : [{ stream, beside }]
  })
}

function besideNotice({ lineage }: Store, draft: Draft, stream: string, beside: string): BufferNotice {
  const descent = withBeside(lineage.descents.get(stream), beside)
  if (descent) draft.lineage.place(stream, descent)
  return { kind: 'copied', stream, beside }
}

/** `gone`: what leaves the buffer for this receipt, and what that stood for. */
function findLost(sender: Sender, known: readonly Said[], flight: Flight, gone: Names): Names {
  const named = sender.store.named()
  const since = new Map(flight.settledSince)
  mergeSets(since, gone)
  const lost = new Map<number, IntervalSet>()
  for (const { row, said } of known) {
    const set = lostSeqs({
      high: row.high,
      present: row.present,
      acked: said.acked,
      named: named.get(row.id) ?? [],
      settledSince: since.get(row.id) ?? [],
    })
    if (set.length > 0) lost.set(row.id, set)
  }
  return lost
}

function judge(sender: Sender, draft: Draft, flight: Flight, known: readonly Said[]) {
  const notices: BufferNotice[] = []
  let { rejections }: { rejections: Rejections } = sender
  let count = 0
  for (const { row, said } of known) {
    const held = flight.holds.get(row.id) ?? []
    for (const { seq, code, message } of said.rejected ?? []) {
      if (intersectSets(held, [[seq, seq]]).length === 0) continue
      const shared = sender.store.rowOf(row.id, seq)
      if (shared) draft.unmerge(shared)
      const batch = sender.store.row(keyOf(row.id, seq))
      if (!batch) continue
      count++
      const outcome = rejected(rejections, batch.key, flight.requestId, sender.flights.sent)
      rejections = outcome.next
      if (outcome.action === 'quarantine') {
        notices.push(moveOne(sender.store, draft, batch, 'rejected', `${code}: ${message}`))
      }
    }
  }
  return { notices, rejections, count }
}

/** The receiver could not take a request as a whole (protocol.md, R3): its batches are sent in smaller parts. */
export function refuse(
  sender: Sender,
  moment: Moment,
  requestId: number,
  why: 'undecodable' | 'too_large',
): readonly BufferNotice[] {
  const flight = sender.release(requestId)
  if (!flight || flight.members === 0) return []
  if (flight.members > 1) {
    sender.suspects = flight.holds
    sender.suspectLimit = Math.ceil(flight.members / 2)
    return []
  }
  const [id, set] = [...flight.holds][0] ?? [0, []]
  const batch = sender.store.row(keyOf(id, set[0]?.[0] ?? 0))
  if (!batch) return []
  const shares = batch.last - nameOf(batch.key).seq + 1
  if (shares > 1) {
    write(sender.store, moment, draft => draft.unmerge(batch))
    sender.suspects = flight.holds
    sender.suspectLimit = Math.ceil(shares / 2)
    return []
  }
  if (why === 'too_large') {
    // Not said by a receipt, so it can only move the batch to the end of the queue.
    const { marks } = sender.rejections
    const next = new Map(marks).set(batch.key, marks.get(batch.key) ?? putOff)
    sender.rejections = { ...sender.rejections, marks: next }
    return []
  }
  const { next, action } = rejected(sender.rejections, batch.key, requestId, sender.flights.sent)
  const before = sender.rejections
  const notices: BufferNotice[] = []
  if (action === 'quarantine') {
    const message = `${undecodable}${nameOf(batch.key).seq} alone was answered with 400`
    notices.push(write(sender.store, moment, draft => moveOne(sender.store, draft, batch, 'rejected', message)))
  }
  sender.rejections = next
  if (next.probing && !before.probing) notices.push({ kind: 'rejecting', rejections: next.streak })
  return notices
}
