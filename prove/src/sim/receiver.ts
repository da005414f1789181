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

/** A release of the receiver that does not do what it should. */
export type Release = 'good' | 'rejects' | 'decodes nothing' | 'fails'

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
  release: Release = 'good'
  restored = 0
  /** A release is out that decodes what none before it did. */
  decodesAll = false
  readonly #path: string
  readonly #scheduler: Scheduler
  #store: Store

  constructor(folder: string, scheduler: Scheduler) {
    this.#path = join(folder, 'log.db')
    this.#scheduler = scheduler
    this.#store = openStore(this.#path)
  }

  /** Takes one request body; what it answers is on the disk. */
  handle(body: Uint8Array): HttpAnswer {
    const request = decode(body)
    if (!request.ok) return json(400, request)
    if (this.release === 'fails') return json(500, { code: 'failed', message: 'a bug' })
    if (this.release === 'decodes nothing' || (!this.decodesAll && request.batches.some(isUndecodable))) {
      return json(400, { code: 'undecodable', message: 'the receiver could not decode this' })
    }
    const rejected: RejectedBatch[] = [...request.rejected]
    if (this.release === 'rejects') {
      for (const { stream, seq } of request.batches) rejected.push({ stream, seq, code: 'schema', message: 'a bug' })
    }
    const kept = this.release === 'rejects' ? { ...request, batches: [], rejected } : { ...request, rejected }
    const incoming = storeRequestOf(incomingOf(kept))
    const [outcome] = this.#store.commit({ requests: [incoming], now: this.#scheduler.now() })
    if (!outcome?.ok) return unavailable
    const receipt = receiptOf(outcome.committed, rejected.concat(outcome.committed.rejected))
    return { status: 200, contentType: 'application/json', body: encodeReceipt(receipt) }
  }

  /** The process dies, and is there again. */
  crash(): void {
    this.#store.close()
    this.#store = openStore(this.#path)
  }

  /** While its disk is full nothing is stored: the same failure that SQLite reports then. */
  failing(work: () => HttpAnswer): HttpAnswer {
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
