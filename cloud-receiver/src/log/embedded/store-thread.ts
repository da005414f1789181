import { messageOf } from '@lineside/contract'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { ReceiverError } from '../../error.ts'
import type { Call, Calls, FromWorker, Op } from './messages.ts'

/** The worker with the store, asked like a function. */
export interface StoreThread {
  readonly incarnation: string
  readonly failed: Promise<Error>
  /** `moved` goes over to the worker: it is empty here afterwards. */
  call<O extends Op>(op: O, ask: Calls[O]['ask'], moved?: ArrayBuffer[]): Promise<Calls[O]['reply']>
  close(): Promise<void>
}

/** Methods, so that each call's own reply type fits: the worker answers what it was asked. */
interface PendingCall {
  resolve(reply: unknown): void
  reject(error: Error): void
}

interface Calling {
  readonly calls: Map<number, PendingCall>
  readonly opened: PromiseWithResolvers<string>
}

/** Starts the worker and opens the store in it. Throws ReceiverError `log_open`. */
export async function startStoreThread(path: string): Promise<StoreThread> {
  const worker = spawn(path)
  const calling: Calling = { calls: new Map(), opened: Promise.withResolvers() }
  const failed = Promise.withResolvers<Error>()
  const gone = Promise.withResolvers<void>()
  let next = 0
  let ended: Error | undefined
  let closing = false

  function end(error: Error): void {
    ended ??= error
    for (const pending of calling.calls.values()) pending.reject(ended)
    calling.calls.clear()
    calling.opened.reject(ended)
    if (!closing) failed.resolve(ended)
  }
  worker.on('message', (message: FromWorker) => hear(calling, message))
  worker.on('error', error => end(error instanceof Error ? error : new Error(messageOf(error))))
  worker.on('exit', () => {
    end(new Error('the log thread has ended'))
    gone.resolve()
  })

  const call = <O extends Op>(op: O, ask: Calls[O]['ask'], moved: ArrayBuffer[] = []): Promise<Calls[O]['reply']> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      const id = next++
      calling.calls.set(id, { resolve, reject })
      worker.postMessage({ id, call: { op, ask } satisfies { op: Op; ask: Call['ask'] } }, moved)
    })

  return {
    incarnation: await calling.opened.promise,
    failed: failed.promise,
    call,
    async close() {
      if (closing || ended) return gone.promise
      closing = true
      await call('close', {})
      await gone.promise
    },
  }
}

/** What a transaction leaves behind is garbage at its end; left alone V8 keeps 130 MB of it. */
const maxYoungGenerationSizeMb = 24

function spawn(path: string): Worker {
  const fromSource = import.meta.url.endsWith('.ts')
  // Threads that optimize the type stripper's calls at the same time can end the process (V8 13.6, TierUpWasmToJSWrapper).
  if (fromSource) setFlagsFromString('--wasm-wrapper-tiering-budget=1000000000')
  const source = new URL('./worker.ts', import.meta.url)
  const compiled = new URL('./worker.js', import.meta.url)
  return new Worker(fromSource ? source : compiled, {
    workerData: { path },
    resourceLimits: { maxYoungGenerationSizeMb },
    execArgv: fromSource ? ['--conditions=source'] : [],
  })
}

function hear({ calls, opened }: Calling, message: FromWorker): void {
  if ('opened' in message) return opened.resolve(message.opened)
  if ('failed' in message) {
    const hint = message.hint === undefined ? {} : { hint: message.hint }
    return opened.reject(new ReceiverError('log_open', message.failed, hint))
  }
  const call = calls.get(message.id)
  calls.delete(message.id)
  if ('error' in message) call?.reject(new Error(message.error))
  else call?.resolve(message.reply)
}
