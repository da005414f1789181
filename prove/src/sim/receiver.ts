import { createRequestReader, encodeReceipt } from '@lineside/contract'
import type { DecodedRequest, Refusal, RejectedBatch } from '@lineside/contract'
import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createBatchCollectors } from '../../../cloud-receiver/src/ingest/collect-batch.ts'
import { incomingOf, receiptOf } from '../../../cloud-receiver/src/ingest/receipt.ts'
import { openDatabase } from '../../../cloud-receiver/src/log/embedded/database.ts'
import { storeRequestOf } from '../../../cloud-receiver/src/log/embedded/embedded-log.ts'
import { type Store, openStore } from '../../../cloud-receiver/src/log/embedded/store.ts'
import { unpackRow } from '../../../cloud-receiver/src/log/embedded/stored-row.ts'
import { type IncomingBatch, topics } from '../../../cloud-receiver/src/log/log.ts'
import type { Scheduler } from './scheduler.ts'

/** A release of the receiver: most do not do what they should. */
export type Release = 'good' | 'rejects' | 'decodes nothing' | 'fails' | 'rejects some' | 'decodes no data'

export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export interface LogEntry {
  readonly stream: string
  readonly seq: number
  readonly idx: number
  readonly json: string
}

/** An entry that no receiver can decode, whatever else its request holds: a bug that only real data finds. */
export const undecodableMark = '"p":-1}'

const unavailable = json(503, { code: 'unavailable', message: 'the log can not store' })

/** The receiver's core, on its real store, without its sockets. */
export class SimReceiver implements Disposable {
  restored = 0
  /** A release is out that decodes what none before it did. */
  decodesAll = false
  /** `stream/seq` of what a release did not take that took others. */
  readonly refused = new Set<string>()
  /** What was rejected by name, and taken afterwards, from a request that had been on its way for longer. */
  readonly takenLater = new Set<string>()
  readonly #rejected = new Set<string>()
  #release: Release = 'good'
  #next: Release | undefined
  readonly #path: string
  readonly #scheduler: Scheduler
  #store: Store

  constructor(folder: string, scheduler: Scheduler) {
    this.#path = join(folder, 'log.db')
    this.#scheduler = scheduler
    this.#store = openStore(this.#path)
  }

  /** From now on; what was to come next does not. */
  deploy(release: Release): void {
    this.#release = release
    this.#next = undefined
  }

  /** In the midst of a request with data: what the release before has stored then, nobody is told. */
  deployDuringRequest(release: Release): void {
    this.#next = release
  }

  /** Takes one request body; what it answers is on the disk. Undefined where the process ends before it answers. */
  handle(body: Uint8Array): HttpAnswer | undefined {
    const request = decode(body)
    if (!request.ok) return json(400, request)
    if (this.#release === 'fails') return json(500, { code: 'failed', message: 'a bug' })
    if (!this.#decodes(request.batches)) {
      return json(400, { code: 'undecodable', message: 'the receiver could not decode this' })
    }
    const batches = request.batches.filter(({ seq }) => !this.#rejects(seq))
    const bugs = request.batches.filter(({ seq }) => this.#rejects(seq))
    const named = bugs.map(({ stream, seq }): RejectedBatch => ({ stream, seq, code: 'schema', message: 'a bug' }))
    const rejected = [...request.rejected, ...named]
    const incoming = storeRequestOf(incomingOf({ ...request, batches, rejected }))
    const [outcome] = this.#store.commit({ requests: [incoming], now: this.#scheduler.now() })
    if (!outcome?.ok) return unavailable
    if (this.#next !== undefined && batches.some(isData)) {
      this.deploy(this.#next)
      return undefined
    }
    for (const name of batches.map(nameOf)) if (this.#rejected.has(name)) this.takenLater.add(name)
    for (const name of rejected.map(nameOf)) this.#rejected.add(name)
    if (this.#release === 'rejects some') for (const name of named.map(nameOf)) this.refused.add(name)
    const receipt = receiptOf(outcome.committed, rejected.concat(outcome.committed.rejected))
    return { status: 200, contentType: 'application/json', body: encodeReceipt(receipt) }
  }

  #decodes(batches: readonly IncomingBatch[]): boolean {
    if (this.#release === 'decodes no data') {
      const data = batches.filter(isData)
      for (const batch of data) this.refused.add(nameOf(batch))
      if (data.length > 0) return false
    }
    return this.#release !== 'decodes nothing' && (this.decodesAll || !batches.some(isUndecodable))
  }

  #rejects(seq: number): boolean {
    return this.#release === 'rejects' || (this.#release === 'rejects some' && seq % 3 === 0)
  }

  /** The process dies, and is there again. */
  crash(): void {
    this.#store.close()
    this.#store = openStore(this.#path)
  }

  /** While its disk is full nothing is stored: the same failure that SQLite reports then. */
  failing<T>(work: () => T): T {
    const whole = this.#store
    this.#store = { ...whole, commit: () => [{ ok: false, message: 'disk is full' }] }
    try {
      return work()
    } finally {
      this.#store = whole
    }
  }

  backUp(): void {
    this.#store.close()
    copyFileSync(this.#path, `${this.#path}.backup`)
    this.#store = openStore(this.#path)
  }

  /** Puts the backup back; false where there is none. */
  restore(): boolean {
    if (!existsSync(`${this.#path}.backup`)) return false
    this.#store.close()
    for (const end of ['', '-wal', '-shm']) rmSync(this.#path + end, { force: true })
    copyFileSync(`${this.#path}.backup`, this.#path)
    this.#store = openStore(this.#path)
    this.restored++
    return true
  }

  /** All that the log holds, by offset, each topic for itself; ends the receiver. */
  readAll(): readonly LogEntry[] {
    this.#store.close()
    const { db } = openDatabase(this.#path)
    const entries: LogEntry[] = []
    for (const topic of topics) {
      const rows = db
        .prepare<[], { stream: string; seq: number; idx: string | null; body: Uint8Array }>(
          `select streams.name as stream, seq, idx, body from ${topic}
           join streams on streams.id = ${topic}.stream order by first`,
        )
        .all()
      for (const row of rows) {
        for (const { line, ...place } of unpackRow(row)) entries.push({ stream: row.stream, ...place, json: line })
      }
    }
    db.close()
    return entries
  }

  [Symbol.dispose](): void {
    this.#store.close()
  }
}

export function isUndecodable({ text }: { readonly text: Uint8Array }): boolean {
  return Buffer.from(text).includes(undecodableMark)
}

function isData({ kinds }: IncomingBatch): boolean {
  return !kinds.includes('alarm')
}

function nameOf({ stream, seq }: { readonly stream: string; readonly seq: number }): string {
  return `${stream}/${seq}`
}

/** Decompresses and decodes as ingest does, member by member, silent at a zero byte between them. */
export function decode(body: Uint8Array): DecodedRequest<IncomingBatch> | Refusal {
  let whole: Uint8Array
  try {
    whole = gunzipSync(body)
  } catch (error) {
    return { ok: false, code: 'undecodable', message: `body is not gzip: ${String(error)}` }
  }
  const reader = createRequestReader(createBatchCollectors({ expectedBytes: whole.byteLength, whole }))
  reader.push(whole)
  return reader.end()
}

function json(status: number, { code, message }: { readonly code: string; readonly message: string }): HttpAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify({ code, message }) }
}
