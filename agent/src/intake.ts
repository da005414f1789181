import type { Clock, Sample, StateEntry } from '@lineside/contract'
import type { Logger } from 'pino'

/** Called once when the buffer has committed the sample, or with the error that kept it from doing so. */
export type Settle = (error?: Error) => void

/** Where links put what they read. The link owns a sample until `settle` was called. */
export interface Intake {
  sample(sample: Sample, settle?: Settle): void
  /** A sample from the past: it is stored, and neither shown as the newest nor judged by detectors. */
  past(sample: Sample, settle?: Settle): void
  /** What a broker kept and nobody knows to be of now: it is stored and shown, and not judged by detectors. */
  kept(sample: Sample, settle?: Settle): void
  /** Somebody holds back until what was handed in is stored: commits it now. */
  hurry(): void
  /** A device or link changed its state; not called while it stays as it is. */
  state(change: Omit<StateEntry, 'k' | 't'>): void
}

/** What is remembered of devices over restarts of the agent. */
export interface DeviceMemory {
  /** Of one device. What was kept of it under another identity (profile, place) is forgotten. */
  of(device: string, identity: string): MemoryOfDevice
}

export interface MemoryOfDevice {
  /** What was kept last; it comes from a file, so whoever recalls it judges it. */
  recall(): unknown
  /** Undefined forgets. */
  keep(what: object | undefined): void
}

/** What every link and everything that polls for one is given. */
export interface LinkContext {
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Logger
  readonly intake: Intake
  /** Devices of all links, which share the process; absent: those of this link. */
  readonly sharing?: number
  /** Absent: every start is the first. */
  readonly memory?: DeviceMemory
}
