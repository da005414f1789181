import type { DeviceEntry, Quality, Value } from '@lineside/contract'
import type { Released } from '../buffer/api.ts'
import type { AcknowledgeResult, ActiveAlarm } from '../alarms/watch.ts'
import type { FeedListener } from '../pipeline/sample-feed.ts'
import type { ClockStatus } from '../clock/api.ts'
import type { LinkRefusals, LinkStatus } from '../links/link.ts'
import type { DeviceStatus } from '../poll/status.ts'
import type { LateCount } from '../poll/lateness.ts'
import type { BusyShares, DeviceUse } from '../poll/use.ts'
import type { PurseStatus } from '../uplink/purse.ts'

/** What people may see and do. The command line, the local page and the terminal all go through it. */
export interface AgentView {
  status(): AgentStatus
  alarms(): readonly AlarmView[]
  acknowledge(device: string, alarm: string, by: string): AcknowledgeResult
  /** How busy each line is on which devices are polled, and whether it keeps its intervals. */
  bus(): readonly LineView[]
  /** Lets batches out of quarantine, by the numbers they have there, to be sent under new names. */
  unquarantine(numbers: readonly number[]): Promise<Released>
  /** Reads points of a device now; without names all that are configured. Never rejects. */
  read(device: string, points: readonly string[]): Promise<ReadView>
  /** Live samples of these devices, of all where none is named, until the listener is disposed of. */
  samples(devices: readonly string[], wake: () => void): SamplesView
}

/** An alarm that is not normal. */
export interface AlarmView extends ActiveAlarm {
  /** When this was told, UTC ms by what the agent knows of the clock. */
  readonly asOf: number
  /** Of an active one whose point gives no value: since when, UTC ms, and why. Whether its condition is still there nobody knows. */
  readonly unseen?: { readonly since?: number; readonly reason: string }
}

/** Somebody who looks on. */
export type SamplesView =
  | {
      readonly ok: true
      /** What the devices are. */
      readonly about: readonly DeviceEntry[]
      readonly listener: FeedListener
    }
  | { readonly ok: false; readonly text: string }

/** A line as it was used; shares from 0 to 1, times in ms. */
export interface LineView {
  readonly link: string
  readonly kind: string
  readonly state: LinkStatus['state']
  /** Polls that may be under way together. */
  readonly lanes: number
  readonly busy: BusyShares
  /** How long after they were due polls began. */
  readonly late: readonly LateCount[]
  readonly devices: readonly (DeviceUse & {
    readonly state: DeviceStatus['state']
    /** Due polls that were not begun, since the start. */
    readonly missed: number
    /** Polls skipped because the one before was still running, since the start. */
    readonly overruns: number
  })[]
}

/** What a read came to that a person asked for. */
export type ReadView =
  | {
      readonly ok: true
      readonly device: string
      readonly profile: string
      readonly link: string
      /** `asked`: read just now; `heard`: the device speaks by itself, these are its newest values. */
      readonly source: 'asked' | 'heard'
      /** From asking to the last answer, with the wait for the line, ms. */
      readonly tookMs?: number
      /** In the order in which they were named. */
      readonly readings: readonly ReadingView[]
      /** Points that were asked for and that this device does not have; absent where it has all. */
      readonly absent?: readonly string[]
      /** What went wrong, if anything did. */
      readonly reason?: string
      /** Of one that speaks by itself: it is offline, or the way to it. */
      readonly isOffline?: true
    }
  | { readonly ok: false; readonly text: string }

export interface ReadingView {
  readonly point: string
  /** UTC ms. */
  readonly t: number
  readonly value?: Value
  readonly unit?: string
  readonly quality?: Quality
  /** When it became bad, UTC ms; absent where it is not. */
  readonly badSince?: number
}

export interface DeviceView {
  readonly name: string
  readonly profile: string
  readonly link: string
  /** `waiting` until it has answered or failed for the first time. */
  readonly state: 'waiting' | 'online' | 'degraded' | 'offline' | 'misconfigured'
  readonly reason?: string
  /** When it came into this state, UTC ms. */
  readonly since?: number
  /** Until an offline device is asked again, or another for what it leaves unanswered, ms. */
  readonly nextTryMs?: number
  readonly readings: readonly ReadingView[]
}

export interface LinkView {
  readonly name: string
  readonly kind: string
  readonly state: 'starting' | 'online' | 'offline'
  /** Why it is not online, or what of it does not work. */
  readonly reason?: string
  /** What it refused its clients: how often, the last one, and when that was. */
  readonly refusals?: LinkRefusals
}

export interface BufferView {
  readonly waitingBatches: number
  readonly waitingReadings: number
  readonly waitingBytes: number
  /** Age of the oldest waiting batch in ms; absent where nothing waits. */
  readonly oldestAgeMs?: number
  /** Readings committed by this run. */
  readonly committedReadings: number
  readonly evictedReadings: number
  /** Why the disk refuses commits; absent while all is well. */
  readonly failing?: string
  /** Readings that wait in memory; absent while the disk takes them. */
  readonly memoryReadings?: number
}

export interface UplinkView {
  readonly state: 'off' | 'idle' | 'sending' | 'waiting'
  readonly reason?: string
  /** For so long the receiver has taken nothing of what it was sent, ms; absent while it does. */
  readonly failingForMs?: number
  /** Until the next try, ms. */
  readonly nextTryMs?: number
  /** UTC ms. */
  readonly lastReceiptAt?: number
  /** Bytes that this run took of the way to the receiver, both ways, as the budget of the month counts them. */
  readonly wireBytes: number
  readonly budget?: PurseStatus
}

export interface AgentStatus {
  readonly gateway: string
  readonly version: string
  /** UTC ms, by what is known of the clock now. */
  readonly startedAt: number
  /** By the monotonic clock. */
  readonly upMs: number
  readonly links: readonly LinkView[]
  readonly devices: readonly DeviceView[]
  readonly buffer: BufferView
  readonly uplink: UplinkView
  readonly clock: ClockStatus
  readonly process: { readonly cpuMs: number; readonly rssBytes: number }
}
