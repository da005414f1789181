import type { Receipt } from '@lineside/contract'
import type { BufferNotice, Released, Settled, Take, TakeOptions } from '../api.ts'
import type { CommitRequest, CommitResult } from '../commit.ts'
import type { Description } from '../batch/description.ts'
import type { BufferErrorCode } from '../error.ts'
import type { PointId } from '../batch/point-ids.ts'
import type { StoreOptions } from '../store/store.ts'
import type { Totals } from '../store/totals.ts'
import type { Moment } from '../store/transaction.ts'

/** What the worker is started with. */
export interface WorkerStart extends StoreOptions {
  /** Newest id that was given to a request by the thread before. */
  readonly lastRequestId: number
}

/** First message of the worker. */
export type WorkerReady =
  | {
      readonly ready: true
      readonly points: readonly PointId[]
      /** Number of the last commit that is on the disk. */
      readonly lastCommit: number
      readonly totals: Totals
    }
  | { readonly ready: false; readonly error: WireError }

export type Request =
  | { readonly op: 'commit'; readonly request: CommitRequest }
  | { readonly op: 'describe'; readonly description: Description }
  | { readonly op: 'next'; readonly options: TakeOptions }
  | { readonly op: 'settle'; readonly requestId: number; readonly receipt: Receipt }
  | { readonly op: 'release'; readonly requestId: number }
  | { readonly op: 'refused'; readonly requestId: number; readonly why: 'undecodable' | 'too_large' }
  | { readonly op: 'unquarantine'; readonly numbers: readonly number[] }
  | { readonly op: 'readState'; readonly key: string }
  | { readonly op: 'close' }

/** What each request is answered with. */
export interface Results {
  readonly commit: CommitResult
  readonly describe: undefined
  readonly next: Take | undefined
  readonly settle: Settled
  readonly release: undefined
  readonly refused: undefined
  readonly unquarantine: Released
  readonly readState: string | undefined
  readonly close: undefined
}

export interface Envelope {
  readonly id: number
  readonly moment: Moment
  readonly request: Request
}

export type Reply = {
  readonly id: number
  readonly totals: Totals
  readonly notices: readonly BufferNotice[]
} & ({ readonly ok: true; readonly result: Results[keyof Results] } | { readonly ok: false; readonly error: WireError })

/** An error on its way between threads. */
export interface WireError {
  readonly code: BufferErrorCode
  readonly message: string
  readonly hint?: string | undefined
}
