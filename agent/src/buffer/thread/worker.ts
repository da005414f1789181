import { messageOf } from '@lineside/contract'
import { parentPort, workerData } from 'node:worker_threads'
import type { BufferNotice } from '../api.ts'
import { commit } from '../commit.ts'
import { damageOf } from '../file/damage.ts'
import { BufferError } from '../error.ts'
import { moveOut } from './move-out.ts'
import type { Envelope, Reply, Results, WireError, WorkerReady, WorkerStart } from './messages.ts'
import { openStore } from '../open-store.ts'
import { mergeSome } from '../sending/merge.ts'
import { releaseQuarantined } from '../sending/release.ts'
import { reportSalvage } from '../healing/report-salvage.ts'
import { learnClock } from '../sending/restamp-rows.ts'
import { thinAhead } from '../retention/ahead.ts'
import { Sender } from '../sending/sender.ts'
import { refuse, settle } from '../sending/settle.ts'
import { take } from '../sending/take.ts'
import type { Store } from '../store/store.ts'
import type { Totals } from '../store/totals.ts'
import { totalsOf } from '../store/totals.ts'
import type { Moment } from '../store/transaction.ts'

/** The thread that owns the database: one request at a time, each answered once. */
function serve(port: NonNullable<typeof parentPort>, start: WorkerStart): void {
  let sender: Sender
  try {
    sender = new Sender(openStore(start), start.lastRequestId)
  } catch (error) {
    port.postMessage({ ready: false, error: wireError(error, 'open_failed') } satisfies WorkerReady)
    return
  }
  let totals: Totals = totalsOf(sender.store)
  const points = [...sender.store.points.values()]
  const lastCommit = sender.store.lastCommit()
  port.postMessage({ ready: true, points, lastCommit, totals } satisfies WorkerReady)
  let isTidying = false
  /** When nothing else is asked for: one group at a time. */
  function tidyLater(moment: Moment): void {
    if (isTidying) return
    isTidying = true
    setImmediate(() => {
      isTidying = false
      try {
        if (sender.store.db.open && (mergeSome(sender, moment) || thinAhead(sender, moment))) tidyLater(moment)
      } catch (error) {
        const damage = damageHere(sender.store, error)
        // A disk that is full or refuses is told of by the next commit.
        if (damage !== undefined) sender = healed(sender, start, moment.now, damage)
      }
    })
  }
  port.on('message', (envelope: Envelope) => {
    const notices: BufferNotice[] = []
    let reply: Reply
    try {
      if (envelope.request.op === 'commit' && sender.store.isHidden) moveOut(sender.store, start, envelope.moment)
      if (envelope.request.op !== 'describe') {
        learnClock(sender.store, envelope.moment)
        notices.push(...reportSalvage(sender.store, envelope.moment))
        if (sender.store.isMoved) notices.push({ kind: 'moved' })
        sender.store.isMoved = false
      }
      const result = handle(sender, envelope, notices)
      if (sender.store.unlikely > 0) notices.push({ kind: 'unlikely_times', batches: sender.store.unlikely })
      sender.store.unlikely = 0
      if (envelope.request.op !== 'close') totals = totalsOf(sender.store)
      reply = { id: envelope.id, ok: true, result, totals, notices }
    } catch (error) {
      const damage = damageHere(sender.store, error)
      // What can't be healed ends the thread, which is started again after a while.
      if (damage !== undefined) {
        sender = healed(sender, start, envelope.moment.now, damage)
        totals = totalsOf(sender.store)
      }
      reply = { id: envelope.id, ok: false, error: wireError(error, 'write_failed'), totals, notices }
    }
    const body = reply.ok && typeof reply.result === 'object' && 'body' in reply.result ? reply.result.body : undefined
    const buffer = body?.buffer
    port.postMessage(reply, buffer instanceof ArrayBuffer ? [buffer] : [])
    const isOver = envelope.request.op === 'close' || (!reply.ok && reply.error.code === 'thread_died')
    if (isOver) port.close()
    if (envelope.request.op === 'commit' && !isOver) tidyLater(envelope.moment)
  })
}

/**
 * What is damaged where its path leads, in words. Another database lies there where this one is hidden: what can be read of
 * it goes there with the next commit.
 */
function damageHere(store: Store, error: unknown): string | undefined {
  const damage = damageOf(error)
  return damage === undefined || store.isHidden ? undefined : damage
}

/** The same buffer on a healed database, with nothing in flight. */
function healed({ store, flights }: Sender, start: WorkerStart, now: number, damage: string): Sender {
  const { description, points } = store
  store[Symbol.dispose]()
  const next = new Sender(openStore({ ...start, now }, damage), flights.sent)
  next.store.describe(description)
  for (const point of points.values()) {
    next.store.sql.addPoint.run(...point)
    next.store.points.set(point[0], point)
  }
  return next
}

function handle(sender: Sender, { moment, request }: Envelope, notices: BufferNotice[]): Results[keyof Results] {
  switch (request.op) {
    case 'commit':
      return commit(sender.store, moment, request.request, id => sender.flights.holding(id))
    case 'describe':
      sender.store.describe(request.description)
      return undefined
    case 'next': {
      const taken = take(sender, moment, request.options)
      notices.push(...taken.notices)
      return taken.take
    }
    case 'settle': {
      const outcome = settle(sender, moment, request.requestId, request.receipt)
      notices.push(...outcome.notices)
      return outcome.settled
    }
    case 'release':
      sender.release(request.requestId)
      return undefined
    case 'refused':
      notices.push(...refuse(sender, moment, request.requestId, request.why))
      return undefined
    case 'unquarantine':
      return releaseQuarantined(sender.store, moment, request.numbers)
    case 'readState':
      return sender.store.state(request.key)
    case 'close':
      sender.store[Symbol.dispose]()
      return undefined
    default:
      return request satisfies never
  }
}

function wireError(error: unknown, fallback: 'open_failed' | 'write_failed'): WireError {
  if (error instanceof BufferError) return { code: error.code, message: error.message, hint: error.hint }
  const damage = damageOf(error)
  if (damage !== undefined) return { code: 'damaged', message: damage }
  return { code: fallback, message: messageOf(error) }
}

if (parentPort) serve(parentPort, workerData)
