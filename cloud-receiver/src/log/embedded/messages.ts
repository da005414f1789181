import type { Committed, IncomingStream, Topic, Totals } from '../log.ts'

/** One batch on its way to the worker: only what the transaction needs. */
export interface StoreBatch {
  readonly stream: string
  readonly seq: number
  /** The entries' lines joined by `\n`, as bytes. */
  readonly text: Uint8Array
  /** One letter a line: `s` samples topic, `e` events topic; `g` gap, `m` summary, `p` perhaps passed on: looked into. */
  readonly kinds: string
  readonly readings: number
}

export interface StoreRequest {
  readonly gateway: string
  readonly streams: readonly IncomingStream[]
  readonly batches: readonly StoreBatch[]
}

/** What one transaction did for one request. */
export type StoreOutcome =
  | { readonly ok: true; readonly committed: Committed; readonly appended: readonly Topic[] }
  | { readonly ok: false; readonly message: string }

/** What one batch, or several of one stream, added to one topic; offsets first … first + count − 1. */
export interface StoredRow {
  readonly first: number
  readonly count: number
  readonly gateway: string
  readonly stream: string
  /** Of the first batch. */
  readonly seq: number
  readonly received: number
  /** Which entries are whose; `stored-row.ts` reads it. */
  readonly idx: string | null
  /** The entries' lines joined by `\n`, as zstd. */
  readonly body: Uint8Array
}

export interface Span {
  readonly begin: number
  readonly end: number
}

/** What the worker can be asked; each call has one reply of the type named here. */
export interface Calls {
  readonly commit: {
    readonly ask: { readonly requests: readonly StoreRequest[]; readonly now: number }
    readonly reply: readonly StoreOutcome[]
  }
  readonly span: { readonly ask: { readonly topic: Topic }; readonly reply: Span }
  readonly read: {
    readonly ask: { readonly topic: Topic; readonly from: number; readonly to: number; readonly limit: number }
    readonly reply: readonly StoredRow[]
  }
  readonly trim: {
    readonly ask: { readonly topic: Topic; readonly before: number; readonly receivedBefore?: number | undefined }
    readonly reply: number
  }
  readonly bytes: { readonly ask: Record<string, never>; readonly reply: number }
  readonly totals: {
    readonly ask: { readonly gateway: string }
    readonly reply: { readonly totals: Totals | undefined }
  }
  readonly close: { readonly ask: Record<string, never>; readonly reply: true }
}

export type Op = keyof Calls

/** One call as it travels to the worker. */
export type Call = { readonly [O in Op]: { readonly op: O; readonly ask: Calls[O]['ask'] } }[Op]

/** What the worker says: how opening went, then one reply for each call. */
export type FromWorker =
  | { readonly opened: string }
  | { readonly failed: string; readonly hint: string | undefined }
  | { readonly id: number; readonly reply: unknown }
  | { readonly id: number; readonly error: string }
