import { messageOf } from '@lineside/contract'
import { parentPort, workerData } from 'node:worker_threads'
import { ReceiverError } from '../../error.ts'
import { answer, openStore } from './store.ts'
import type { Store } from './store.ts'
import type { Call, FromWorker, StoreRequest } from './messages.ts'

// The embedded log's thread: an fsync may take long, and must not stop the HTTP loop.

function say(message: FromWorker): void {
  parentPort?.postMessage(message, [])
}

/** What moved here with a commit is given back at once: until it is collected it would have everything collected more often. */
function release(requests: readonly StoreRequest[]): void {
  for (const { batches } of requests) {
    for (const { buffer } of batches.map(({ text }) => text)) {
      if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
    }
  }
}

function serve(store: Store): void {
  parentPort?.on('message', ({ id, call }: { readonly id: number; readonly call: Call }) => {
    try {
      say({ id, reply: answer(store, call) })
      if (call.op === 'commit') release(call.ask.requests)
    } catch (error) {
      say({ id, error: messageOf(error) })
    }
    if (call.op === 'close') parentPort?.close()
  })
}

try {
  const { path }: { readonly path: string } = workerData
  const store = openStore(path)
  serve(store)
  say({ opened: store.incarnation })
} catch (error) {
  say({ failed: messageOf(error), hint: error instanceof ReceiverError ? error.hint : undefined })
}
