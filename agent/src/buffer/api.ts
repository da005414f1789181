import type { Clock, DeviceEntry, Entry, Receipt } from '@lineside/contract'
import type { Logger } from 'pino'
import type { CorrectTold } from '../alarms/continued.ts'
import type { Settle } from '../intake.ts'

export const streamKinds = ['alarms', 'data'] as const
/** Each run of the agent has one stream of each kind (protocol.md, N1). */
export type StreamKind = (typeof streamKinds)[number]

/** By what the entries of this moment are stamped, and whether that is right. */
export interface MomentClock {
  /** UTC ms at the zero of the machine's monotonic clock, as far as is known; never 0. */
  readonly zero: number
  readonly certain: boolean
  /** The zero that this run was first certain of, where it may be another by now: by it is corrected what was held. */
  readonly foundZero?: number
}

/** By what entries are stamped at this moment (protocol.md, C). */
export interface Stamping extends MomentClock {
  /** Ascends each time the clock was set back: new streams begin then, so that no stream goes back in time. */
  readonly epoch: number
}

export interface BufferOptions {
  /** Folder, absolute; made when it is not there. */
  readonly path: string
  readonly gateway: string
  /** All files of the buffer together, ≥ 2 MB. */
  readonly maxSizeBytes: number
  /** What has waited for longer goes, with a gap; absent: nothing goes for its age. */
  readonly maxAgeMs?: number | undefined
  /** The buffer doesn't grow while its file system has less free; 0 by default. */
  readonly minFreeBytes?: number | undefined
  /** How long a reading may wait for its commit; alarms never wait. */
  readonly commitEveryMs: number
  readonly clock: Clock
  /** By what `clock` tells the time; right where it is absent. */
  readonly stamping?: (() => Stamping) | undefined
  readonly log: Logger
  /** A new UUID at each call. */
  readonly newId: () => string
  /** Names the boot of the machine; by default what the kernel says. */
  readonly boot?: string
  /** Names the machine; by default what is built into it. */
  readonly machine?: string
  /** Longest list of uncommitted entries held in memory while the disk stalls; 32 MiB by default. */
  readonly maxPendingBytes?: number
  /** Only for proofs: a file in which each committed batch is written down before it can be sent. */
  readonly commitJournal?: string | undefined
}

/** What the file system leaves to the buffer, bytes. */
export interface DiskRoom {
  readonly freeBytes: number
  /** What should stay free of it. */
  readonly minFreeBytes: number
  /** What the buffer may take now. */
  readonly roomBytes: number
}

/** Why readings are let go: older than they may be, or no room, by its own size or by what must stay free of the disk. */
export type EvictedWhy = 'age' | 'full' | 'disk'

export interface BufferStats {
  /** Ascends with each start of the agent, and with each healing and each start of the thread; 0 before the first. */
  readonly run: number
  /** `failing`: commits are refused by the disk, or it couldn't be opened yet; entries wait in memory. It recovers by itself. */
  readonly state: 'ok' | 'failing'
  readonly reason?: string
  /** In the database, not yet acknowledged. */
  readonly waiting: { readonly batches: number; readonly readings: number; readonly bytes: number }
  /** UTC ms of the oldest waiting batch's commit. */
  readonly oldestMs?: number
  /** Batches whose receipt is in memory, and is written with the next commit. */
  readonly unwritten: number
  /** In memory, not yet committed. */
  readonly pending: { readonly entries: number; readonly readings: number; readonly bytes: number }
  /** As the last commit found it, or the last try; absent before the first, and where nothing has to stay free. */
  readonly disk?: DiskRoom
  /** Files of the database, bytes. */
  readonly fileBytes: number
  /** Since the start of this run. */
  readonly committed: {
    readonly batches: number
    readonly entries: number
    readonly readings: number
    readonly bytes: number
  }
  readonly evicted: { readonly batches: number; readonly readings: number }
  /** Readings that summaries stand for, since the start of the agent. */
  readonly thinned: number
  /** Never committed because memory was full while the disk stalled; reported by a gap. */
  readonly dropped: { readonly entries: number; readonly readings: number }
  readonly quarantined: { readonly batches: number; readonly bytes: number }
  /** How often the thread that owns the database died and was started again, since the start of the agent. */
  readonly restarts: number
  /** How often the database was found damaged and healed, since the start of the agent. */
  readonly healed: number
  readonly lastCommitMs?: number
}

export interface TakeOptions {
  /** Most compressed bytes of the request, envelope included. */
  readonly maxBytes: number
  /** Name every stream this database knows, with or without batches (protocol.md, N3). */
  readonly nameAll?: boolean
  /** False: alarms and the live run only, whatever else waits. */
  readonly backlog?: boolean
  /** Alarms, whatever else waits. */
  readonly alarmsOnly?: boolean
}

/** One request, ready to be posted. What it holds is in flight until `settle`, `release` or `refused`. */
export interface Take {
  readonly requestId: number
  /** Envelope member and stored members, concatenated. */
  readonly body: Uint8Array
  readonly batches: number
  readonly readings: number
  /** Compressed bytes of it that are older than the live run. */
  readonly backlogBytes: number
  /** Streams the envelope names: a receipt that is for us names them all. */
  readonly streams: readonly string[]
  /** Something else is left to be sent. */
  readonly more: boolean
  /** Only one batch an interval of back-off may be sent (protocol.md, R2). */
  readonly probing: boolean
}

/** What a salvage found; text in the database until its gap is committed. */
export interface Salvaged {
  readonly reason: string
  /** Where the damaged files lie, in the folder of the buffer; absent where none were put aside. */
  readonly folder?: string
  /** Batches that were read whole. */
  readonly kept: number
  /** Rows whose bytes are not what they were. */
  readonly damaged: number
  /** Batches that waited, or were given out last, and are not there: at most, as some may have arrived. */
  readonly missing: number
}

/** What the buffer found out and a person should know (protocol.md, N6, N8, S4, R2). */
export type BufferNotice =
  | { readonly kind: 'clone'; readonly stream: string }
  | { readonly kind: 'restored'; readonly stream: string }
  /** The receiver has `beside`, which follows the same stream as `stream` does: two databases go on from there (protocol.md, N8). */
  | { readonly kind: 'copied'; readonly stream: string; readonly beside: string }
  /** The files were used by another machine before. */
  | { readonly kind: 'moved' }
  /** Corrected, their times would have been impossible: they are sent as of an unknown time. */
  | { readonly kind: 'unlikely_times'; readonly batches: number }
  | { readonly kind: 'receiver_lost'; readonly batches: number }
  | {
      readonly kind: 'quarantined'
      readonly reason: 'rejected' | 'corrupt'
      readonly stream: string
      readonly seq: number
      readonly message: string
    }
  | { readonly kind: 'rejecting'; readonly rejections: number }
  | { readonly kind: 'accepting' }
  /** Told at each commit that lets readings go, and in the log once an hour; `readings` since it began. */
  | { readonly kind: 'evicted'; readonly readings: number; readonly why: EvictedWhy }
  /** No reading was let go for an hour. */
  | { readonly kind: 'evicted_no_more'; readonly readings: number }
  | ({ readonly kind: 'disk_short'; readonly folder: string } & DiskRoom)
  | { readonly kind: 'disk_enough'; readonly folder: string; readonly freeBytes: number }
  /** There is little room left: summaries take the place of fast analog values. Said once an hour. */
  | { readonly kind: 'thinning' }
  | { readonly kind: 'dropped'; readonly entries: number; readonly readings: number }
  /** The database was damaged and is healed; what could not be read is reported by a gap. */
  | ({ readonly kind: 'salvaged' } & Salvaged)
  | { readonly kind: 'failing'; readonly reason: string }
  | { readonly kind: 'recovered'; readonly afterMs: number }

export interface Settled {
  /** Batches this receipt acknowledged. */
  readonly acked: number
  /** Batches of the request that the receiver has, also where a gap took their place meanwhile. */
  readonly arrived: number
  readonly rejected: number
  /** So long from now at the latest an envelope must name every stream, ms (protocol.md, N3); absent: as usual. */
  readonly nameAllMs?: number
  /** It covered what this run never gave out: new streams begin (protocol.md, N6). */
  readonly isCloned?: true
}

/** What left quarantine. */
export interface Released {
  /** Batches that wait again, under new names. */
  readonly batches: number
  readonly readings: number
  /** Numbers that stay: no batch can be read there, or there is none. */
  readonly left: readonly number[]
  /** Numbers that stay because no receipt says that the receiver has not got them: they might arrive twice. */
  readonly maybeStored: readonly number[]
}

/** Takes up what earlier runs kept, by key; `told` puts right what alarms of this run said before that was known. */
export type TakeUp = (saved: ReadonlyMap<string, string>, told: CorrectTold) => void

/** What the uplink needs of the buffer. */
export interface SendingSide {
  /** The next request, or nothing when there is nothing to send (with `nameAll` there always is). */
  next(options: TakeOptions): Promise<Take | undefined>
  /** Applies a well-formed receipt for a request of ours. */
  settle(requestId: number, receipt: Receipt): Promise<Settled>
  /** No receipt came: what the request held may be sent again, a late answer to it counts no more. */
  release(requestId: number): Promise<void>
  /** The receiver could not take the request as a whole (protocol.md, R3). */
  refused(requestId: number, why: 'undecodable' | 'too_large'): Promise<void>
  /** Calls back after each commit that has something to send; returns the way to stop it. */
  onCommitted(listener: () => void): () => void
}

/**
 * Every reading on its way from the links to the cloud.
 *
 * Delivery guarantees: what `settle` reports without an error is on the disk, and is sent, or named by exactly one
 * gap, whatever dies in between. What was appended and not yet committed is lost with the process.
 */
export interface BatchBuffer extends SendingSide, AsyncDisposable {
  readonly run: number
  append(kind: StreamKind, entry: Entry, settle?: Settle): void
  /** Tells that the clock by which entries are stamped has changed. */
  clockChanged(): void
  /** Device entries at the head of each data stream that is minted from now on; append what changes later. */
  describe(devices: readonly DeviceEntry[]): void
  /** Commits all that waits, now; resolves when it is on the disk, rejects when the disk refuses. */
  commit(): Promise<void>
  /**
   * Has what earlier runs kept under these keys taken up, once, before anything of this run is committed: before this
   * resolves where the database is open, else as soon as it is.
   */
  takeUp(keys: readonly string[], take: TakeUp): Promise<void>
  /** Keeps text beside the batches, written in the transaction of the next commit; `undefined` removes it. */
  writeState(key: string, text: string | undefined): void
  /** Lets batches out of quarantine, by the numbers they have there, to be sent under new names. */
  unquarantine(numbers: readonly number[]): Promise<Released>
  stats(): BufferStats
  onNotice(listener: (notice: BufferNotice) => void): () => void
  /** Commits what waits, then closes; harmless when called again. */
  close(): Promise<void>
}
