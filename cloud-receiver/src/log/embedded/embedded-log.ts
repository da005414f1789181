import type { Clock } from '@lineside/contract'
import { topicOf } from '../log.ts'
import type { Incoming, Log, LogRecord, Topic } from '../log.ts'
import { createGroupCommit } from './group-commit.ts'
import type { StoreBatch, StoreRequest, StoredRow } from './messages.ts'
import { startStoreThread } from './store-thread.ts'
import type { StoreThread } from './store-thread.ts'
import { unpackRow } from './stored-row.ts'

export interface EmbeddedOptions {
  /** The SQLite file. */
  readonly path: string
  readonly clock: Clock
  /** Hears what a listener of `onAppend` threw; what was appended stays appended. */
  readonly listenerFailed?: (error: unknown) => void
}

/** The log in one SQLite file, written by a worker thread. Throws ReceiverError `log_open`. */
export async function openEmbeddedLog(options: EmbeddedOptions): Promise<Log> {
  return logOn(await startStoreThread(options.path), options)
}

/** The log over a store, wherever it runs. */
export function logOn(thread: StoreThread, { path, clock, listenerFailed }: EmbeddedOptions): Log {
  const listeners = new Set<(topic: Topic, shard: number) => void>()

  function tell(topic: Topic): void {
    for (const listener of listeners) {
      try {
        listener(topic, 0)
      } catch (error) {
        listenerFailed?.(error)
      }
    }
  }
  const group = createGroupCommit({ path, thread, clock, appended: tell })

  return {
    incarnation: thread.incarnation,
    failed: thread.failed,
    shards: 1,
    shardOf: () => 0,
    commit: incoming => group.commit(storeRequestOf(incoming)),
    begin: async topic => (await thread.call('span', { topic })).begin,
    end: async topic => (await thread.call('span', { topic })).end,
    read: async (topic, _shard, from, to, limit) => {
      const rows = await thread.call('read', { topic, from, to, limit })
      return rows.flatMap(row => recordsOf(row, from, to))
    },
    trim: (topic, _shard, { before, receivedBefore }) => thread.call('trim', { topic, before, receivedBefore }),
    bytes: () => thread.call('bytes', {}),
    totals: async gateway => (await thread.call('totals', { gateway })).totals,
    onAppend(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    [Symbol.asyncDispose]: () => thread.close(),
  }
}

/** One request as the worker gets it. */
export function storeRequestOf({ gateway, streams, batches }: Incoming): StoreRequest {
  return {
    gateway,
    streams,
    batches: batches.map(
      ({ stream, seq, kinds, passesOn, text, readings }): StoreBatch => ({
        stream,
        seq,
        text,
        kinds: kinds.map(kind => letterOf(kind, passesOn)).join(''),
        readings,
      }),
    ),
  }
}

function letterOf(kind: string, passesOn: boolean): string {
  if (kind === 'gap') return 'g'
  if (kind === 'summary') return 'm'
  if (passesOn) return 'p'
  return topicOf(kind) === 'samples' ? 's' : 'e'
}

function recordsOf(row: StoredRow, from: number, to: number): readonly LogRecord[] {
  const { first, gateway, stream, received } = row
  const records: LogRecord[] = []
  for (const [i, { seq, idx, line: json }] of unpackRow(row).entries()) {
    const offset = first + i
    if (offset >= from && offset < to) records.push({ offset, gateway, stream, seq, idx, received, json })
  }
  return records
}
