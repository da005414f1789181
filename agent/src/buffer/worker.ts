import { parentPort, workerData } from 'node:worker_threads'
import type { BufferNotice } from './api.ts'
import { commit } from './commit.ts'
import { BufferError } from './error.ts'
import type { Envelope, Reply, Results, Totals, WireError, WorkerReady, WorkerStart } from './messages.ts'
import { Sender } from './sender.ts'
import { refuse, settle } from './settle.ts'
import { Store } from './store.ts'
import { take } from './take.ts'
import { totalsOf } from './totals.ts'

/** The thread that owns the database: one request at a time, each answered once. */
function serve(port: NonNullable<typeof parentPort>, start: WorkerStart): void {
  let store: Store
  try {
    store = new Store(start)
  } catch (error) {
    port.postMessage({ ready: false, error: wireError(error, 'open_failed') } satisfies WorkerReady)
    return
  }
  const sender = new Sender(store)
  let totals: Totals = totalsOf(store)
  port.postMessage({ ready: true, run: store.run, points: [...store.points.values()], totals } satisfies WorkerReady)
  port.on('message', (envelope: Envelope) => {
    const notices: BufferNotice[] = []
    let reply: Reply
    try {
      const result = handle(sender, envelope, notices)
      if (envelope.request.op !== 'close') totals = totalsOf(store)
      reply = { id: envelope.id, ok: true, result, totals, notices }
    } catch (error) {
      reply = { id: envelope.id, ok: false, error: wireError(error, 'write_failed'), totals, notices }
    }
    const body = reply.ok && typeof reply.result === 'object' && 'body' in reply.result ? reply.result.body : undefined
    const buffer = body?.buffer
    port.postMessage(reply, buffer instanceof ArrayBuffer ? [buffer] : [])
    if (envelope.request.op === 'close') port.close()
  })
}

function handle(sender: Sender, { moment, request }: Envelope, notices: BufferNotice[]): Results[keyof Results] {
  switch (request.op) {
    case 'commit': {
      const done = commit(sender.store, moment, request.request, id => sender.flights.holding(id))
      notices.push(...done.notices)
      return done.result
    }
    case 'describe':
      sender.store.description = request.lines
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
      sender.flights.end(request.requestId)
      return undefined
    case 'refused':
      notices.push(...refuse(sender, moment, request.requestId, request.why))
      return undefined
    case 'readState':
      return sender.store.state(request.key)
    default:
      sender.store[Symbol.dispose]()
      return undefined
  }
}

function wireError(error: unknown, fallback: 'open_failed' | 'write_failed'): WireError {
  if (error instanceof BufferError) return { code: error.code, message: error.message, hint: error.hint }
  return { code: fallback, message: error instanceof Error ? error.message : String(error) }
}

if (parentPort) serve(parentPort, workerData)
