import { Worker } from 'node:worker_threads'
import { zstdDecompressSync } from 'node:zlib'
import type { Clock } from '@lineside/contract'
import { ReceiverError, messageOf } from '../../error.ts'
import { topicOf } from '../log.ts'
import type { Committed, Incoming, Log, LogRecord, Topic } from '../log.ts'
import type { Call, Calls, FromWorker, Op, StoreBatch, StoreRequest, StoredRow } from './messages.ts'

export interface EmbeddedOptions {
  /** The SQLite file. */
  readonly path: string
  readonly clock: Clock
  /** Size above which archived records go, in bytes; 20 GB unless told. */
  readonly maxBytes?: number
  /** Sum of line lengths that one transaction carries at most, in characters; a single request may be bigger. */
  readonly groupLength?: number
}

interface Waiting {
  readonly request: StoreRequest
  readonly length: number
  readonly resolve: (committed: Committed) => void
  readonly reject: (error: Error) => void
}

/**
 * The log in one SQLite file, written by a worker thread. While a transaction is under way the requests that come
 * gather for the next one: group commit without waiting. Throws ReceiverError `log_open`.
 */
export async function openEmbeddedLog(options: EmbeddedOptions): Promise<Log> {
  const { path, clock, maxBytes = 20e9, groupLength = 32 * 1024 * 1024 } = options
  const thread = await startWorker(path)
  const listeners = new Set<(topic: Topic, shard: number) => void>()
  let waiting: Waiting[] = []
  let busy = false

  function takeGroup(): readonly Waiting[] {
    let length = 0
    let count = 0
    for (const next of waiting) {
      if (count > 0 && length + next.length > groupLength) break
      length += next.length
      count++
    }
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return group
  }

  async function drain(): Promise<void> {
    if (busy) return
    busy = true
    while (waiting.length > 0) {
      const group = takeGroup()
      try {
        const requests = group.map(({ request }) => request)
        const outcomes = await thread.call('commit', { requests, now: clock.now() })
        const appended = new Set<Topic>()
        group.forEach(({ resolve, reject }, i) => {
          const outcome = outcomes[i]
          if (outcome?.ok) {
            for (const topic of outcome.appended) appended.add(topic)
            resolve(outcome.committed)
          } else reject(new ReceiverError('log_failed', `log ${path}: ${outcome?.message ?? 'no outcome'}`))
        })
        for (const topic of appended) for (const listener of listeners) listener(topic, 0)
      } catch (error) {
        const failure = new ReceiverError('log_failed', `log ${path}: ${messageOf(error)}`, { cause: error })
        for (const { reject } of group) reject(failure)
      }
    }
    busy = false
  }

  return {
    incarnation: thread.incarnation,
    failed: thread.failed,
    shards: 1,
    shardOf: () => 0,
    commit: incoming =>
      new Promise((resolve, reject) => {
        const request = storeRequestOf(incoming)
        waiting.push({ request, length: lengthOf(request), resolve, reject })
        void drain()
      }),
    begin: async topic => (await thread.call('span', { topic })).begin,
    end: async topic => (await thread.call('span', { topic })).end,
    read: async (topic, _shard, from, to, limit) => {
      const rows = await thread.call('read', { topic, from, to, limit })
      return rows.flatMap(row => recordsOf(row, from, to))
    },
    trim: (topic, _shard, before) => thread.call('trim', { topic, before, maxBytes }),
    totals: async gateway => (await thread.call('totals', { gateway })).totals,
    onAppend(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      await thread.close()
    },
  }
}

interface Thread {
  readonly incarnation: string
  readonly failed: Promise<Error>
  call<O extends Op>(op: O, ask: Calls[O]['ask']): Promise<Calls[O]['reply']>
  close(): Promise<void>
}

/** Methods, so that each call's own reply type fits: the worker answers what it was asked. */
interface PendingCall {
  resolve(reply: unknown): void
  reject(error: Error): void
}

async function startWorker(path: string): Promise<Thread> {
  const fromSource = import.meta.url.endsWith('.ts')
  const source = new URL('./worker.ts', import.meta.url)
  const compiled = new URL('./worker.js', import.meta.url)
  const worker = new Worker(fromSource ? source : compiled, {
    workerData: { path },
    execArgv: fromSource ? ['--conditions=source'] : [],
  })
  const calls = new Map<number, PendingCall>()
  const opened = Promise.withResolvers<string>()
  const failed = Promise.withResolvers<Error>()
  const gone = Promise.withResolvers<void>()
  let next = 0
  let ended: Error | undefined
  let closing = false

  function end(error: Error): void {
    ended ??= error
    for (const pending of calls.values()) pending.reject(ended)
    calls.clear()
    opened.reject(ended)
    if (!closing) failed.resolve(ended)
  }

  worker.on('message', (message: FromWorker) => {
    if ('opened' in message) return opened.resolve(message.opened)
    if ('failed' in message) {
      const hint = message.hint === undefined ? {} : { hint: message.hint }
      return opened.reject(new ReceiverError('log_open', message.failed, hint))
    }
    const call = calls.get(message.id)
    calls.delete(message.id)
    if ('error' in message) call?.reject(new Error(message.error))
    else call?.resolve(message.reply)
  })
  worker.on('error', error => end(error instanceof Error ? error : new Error(messageOf(error))))
  worker.on('exit', () => {
    end(new Error('the log thread has ended'))
    gone.resolve()
  })

  const call = <O extends Op>(op: O, ask: Calls[O]['ask']): Promise<Calls[O]['reply']> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended)
      const id = next++
      calls.set(id, { resolve, reject })
      worker.postMessage({ id, call: { op, ask } satisfies { op: Op; ask: Call['ask'] } }, [])
    })

  const incarnation = await opened.promise
  return {
    incarnation,
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

/** One request as the worker gets it. */
export function storeRequestOf({ gateway, streams, batches }: Incoming): StoreRequest {
  return {
    gateway,
    streams,
    batches: batches.map(
      ({ stream, seq, entries, lines, readings }): StoreBatch => ({
        stream,
        seq,
        lines,
        kinds: entries.map(({ k }) => letterOf(k)).join(''),
        readings,
      }),
    ),
  }
}

function letterOf(kind: string): string {
  if (kind === 'gap') return 'g'
  if (kind === 'summary') return 'm'
  return topicOf(kind) === 'samples' ? 's' : 'e'
}

function lengthOf(request: StoreRequest): number {
  return request.batches.reduce((sum, { lines }) => lines.reduce((part, line) => part + line.length, sum), 0)
}

function recordsOf(row: StoredRow, from: number, to: number): readonly LogRecord[] {
  const lines = zstdDecompressSync(row.body).toString().split('\n')
  const places: readonly number[] | undefined = row.idx === null ? undefined : JSON.parse(row.idx)
  const records: LogRecord[] = []
  lines.forEach((json, i) => {
    const offset = row.first + i
    if (offset < from || offset >= to) return
    const { gateway, stream, seq, received } = row
    records.push({ offset, gateway, stream, seq, idx: places?.[i] ?? i, received, json })
  })
  return records
}
