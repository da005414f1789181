import { parentPort, workerData } from 'node:worker_threads'
import { ReceiverError, messageOf } from '../../error.ts'
import { answer, openStore } from './store.ts'
import type { Store } from './store.ts'
import type { Call, FromWorker } from './messages.ts'

// The embedded log's thread: an fsync may take long, and must not stop the HTTP loop.

function say(message: FromWorker): void {
  parentPort?.postMessage(message, [])
}

function serve(store: Store): void {
  parentPort?.on('message', ({ id, call }: { readonly id: number; readonly call: Call }) => {
    try {
      say({ id, reply: answer(store, call) })
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
