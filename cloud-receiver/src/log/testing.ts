import type { Clock, Entry, GapEntry, Interval, Sample } from '@lineside/contract'
import { fromBatchOf, stringifyJson } from '@lineside/contract'
import { logOn } from './embedded/embedded-log.ts'
import type { Call, Calls, Op } from './embedded/messages.ts'
import { answer, openStore } from './embedded/store.ts'
import type { IncomingBatch, Log, LogRecord, Topic } from './log.ts'

// What the tests of the receiver share: batches to store, and a log read to its end.

/** A canonical UUID that ends in `n`. */
export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
}

export function sampleOf(device: string, t: number, values: Sample['values']): Sample {
  return { k: 'sample', device, t, values }
}

export function gapOf(...names: readonly (readonly [stream: string, ...seqs: readonly Interval[]])[]): GapEntry {
  return { k: 'gap', t: 1, reason: 'evicted', names: names.map(([stream, ...seqs]) => ({ stream, seqs })) }
}

export function batchOf(stream: string, seq: number, entries: readonly Entry[]): IncomingBatch {
  const text = new TextEncoder().encode(entries.map(entry => stringifyJson(entry)).join('\n'))
  const passesOn = entries.some(entry => fromBatchOf(entry) !== undefined)
  return { stream, seq, kinds: entries.map(({ k }) => k), passesOn, text, readings: entries.length }
}

/** All records of one topic and shard. */
export async function readAll(log: Log, topic: Topic, shard = 0): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = []
  const end = await log.end(topic, shard)
  for (let from = await log.begin(topic, shard); from < end; ) {
    const found = await log.read(topic, shard, from, end, 100)
    if (found.length === 0) throw new Error(`nothing at offset ${from} of ${end}`)
    records.push(...found)
    from = (found.at(-1)?.offset ?? end) + 1
  }
  return records
}

/** The embedded log with its store in this thread: a worker takes longer to start than most tests. */
export function openLogHere(path: string, clock: Clock): Log {
  const store = openStore(path)
  const call = <O extends Op>(op: O, ask: Calls[O]['ask']): Promise<Calls[O]['reply']> =>
    new Promise(resolve => {
      const asked = { op, ask }
      const pending: Reply = { resolve }
      if (isCall(asked)) pending.resolve(answer(store, asked))
    })
  const close = () => Promise.resolve(store.close())
  return logOn({ incarnation: store.incarnation, failed: new Promise(() => undefined), call, close }, { path, clock })
}

/** A method, so that each call's own reply type fits. */
interface Reply {
  resolve(reply: unknown): void
}

function isCall(asked: { readonly op: Op; readonly ask: Call['ask'] }): asked is Call {
  return typeof asked.ask === 'object'
}
