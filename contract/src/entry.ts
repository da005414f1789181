import type { Sample } from './sample.ts'

/** Inclusive range of sequence numbers, `from` ≤ `to`, both ≥ 1. */
export type Interval = readonly [from: number, to: number]

/** Batches of one stream, by number. */
export interface StreamSeqs {
  readonly stream: string
  readonly seqs: readonly Interval[]
}

export const alarmStates = ['normal', 'unacknowledged', 'acknowledged', 'rtn_unacknowledged'] as const
/** ISA-18.2 / OPC UA Part 9 states of an alarm. */
export type AlarmState = (typeof alarmStates)[number]

export const priorities = ['low', 'medium', 'high', 'critical'] as const
export type Priority = (typeof priorities)[number]

/** One transition of one alarm. */
export interface AlarmEntry {
  readonly k: 'alarm'
  readonly t: number
  readonly device: string
  /** Name of the alarm within its device. */
  readonly alarm: string
  /** Names this occurrence from raise to normal: a UUID. */
  readonly id: string
  readonly event: 'raised' | 'acknowledged' | 'returned' | 'reraised'
  readonly state: AlarmState
  readonly priority: Priority
  readonly point?: string
  readonly value?: number
  readonly limit?: number
  /** Why, in words: value, limit, mean and spread. */
  readonly text: string
  /** What the user wrote for the people on site. */
  readonly message?: string
  readonly action?: string
  /** Who acknowledged. */
  readonly by?: string
}

export const gapReasons = ['evicted', 'thinned', 'corrupt', 'rejected', 'receiver_lost'] as const
export type GapReason = (typeof gapReasons)[number]

/** Stands for batches that will never arrive (protocol.md, G). */
export interface GapEntry {
  readonly k: 'gap'
  readonly t: number
  readonly reason: GapReason
  readonly names: readonly StreamSeqs[]
  /** device → point → readings lost; absent where nobody can know (a damaged row). */
  readonly counts?: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** The counts are upper bounds: part of what they were counted over has arrived after all (protocol.md, G3). */
  readonly countsAtMost?: true
}

export interface PointSummary {
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly count: number
}

/**
 * What an entry of any kind carries when it is passed on by a batch that stands for its own: where that one has arrived,
 * or is named by a gap, the entry falls away (protocol.md, G5).
 */
export interface PassedOn {
  readonly fromBatch?: { readonly stream: string; readonly seq: number }
}

/** Stands in place of thinned samples of one device between `t` and `until` (protocol.md, G4). */
export interface SummaryEntry {
  readonly k: 'summary'
  readonly t: number
  readonly until: number
  readonly device: string
  /** As in the samples. */
  readonly clock?: Sample['clock']
  readonly points: Readonly<Record<string, PointSummary>>
  readonly names: readonly StreamSeqs[]
}

/** Stands at the head of a batch that holds again what a gap reported as rejected or corrupt (protocol.md, R5). */
export interface ReleasedEntry {
  readonly k: 'released'
  readonly t: number
  /** `unknown`: it was released by a clock that may have been wrong. */
  readonly clock?: Sample['clock']
  /** The batches that it supersedes. */
  readonly names: readonly StreamSeqs[]
}

/** Describes a device: at the start of a stream and on change. */
export interface DeviceEntry {
  readonly k: 'device'
  readonly t: number
  readonly device: string
  readonly profile: string
  readonly version: string
  readonly tags: Readonly<Record<string, string>>
  /** `counter`: a total that the device adds up, as a meter's energy. */
  readonly points: Readonly<Record<string, { readonly type: string; readonly unit?: string; readonly counter?: true }>>
}

/** State of a link, a device, the agent itself or its clock changed. */
export interface StateEntry {
  readonly k: 'state'
  readonly t: number
  readonly scope: 'link' | 'device' | 'agent' | 'clock'
  readonly name: string
  readonly state: 'online' | 'degraded' | 'offline' | 'started' | 'stopped' | 'misconfigured'
  readonly reason?: string
}

/** A kind that this version does not know: stored and passed on as it is. */
export interface UnknownEntry {
  readonly k: string
  readonly [key: string]: unknown
}

export type KnownEntry = Sample | AlarmEntry | GapEntry | SummaryEntry | ReleasedEntry | DeviceEntry | StateEntry
export type Entry = KnownEntry | UnknownEntry
