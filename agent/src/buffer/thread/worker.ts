import { parentPort, workerData } from 'node:worker_threads'
import type { Moment } from '../store/transaction.ts'
import type { Envelope, WorkerReady, WorkerStart } from './messages.ts'
import { BufferServer, wireError } from './server.ts'

/** The thread that owns the database: takes requests from the port, and tidies up while none comes. */
function serve(port: NonNullable<typeof parentPort>, start: WorkerStart): void {
  let server: BufferServer
  try {
    server = new BufferServer(start)
  } catch (error) {
    port.postMessage({ ready: false, error: wireError(error, 'open_failed') } satisfies WorkerReady)
    return
  }
  const { store, totals } = server
  const points = [...store.points.values()]
  port.postMessage({ ready: true, points, lastCommit: store.lastCommit(), totals } satisfies WorkerReady)
  let isTidying = false
  /** When nothing else is asked for: one group at a time. */
  function tidyLater(moment: Moment): void {
    if (isTidying) return
    isTidying = true
    setImmediate(() => {
      isTidying = false
      if (server.tidy(moment)) tidyLater(moment)
    })
  }
  port.on('message', (envelope: Envelope) => {
    const reply = server.answer(envelope)
    const body = reply.ok && typeof reply.result === 'object' && 'body' in reply.result ? reply.result.body : undefined
    const buffer = body?.buffer
    port.postMessage(reply, buffer instanceof ArrayBuffer ? [buffer] : [])
    const isOver = envelope.request.op === 'close' || (!reply.ok && reply.error.code === 'thread_died')
    if (isOver) port.close()
    if (envelope.request.op === 'commit' && !isOver) tidyLater(envelope.moment)
  })
}

if (parentPort) serve(parentPort, workerData)
