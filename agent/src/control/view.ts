import type { DeviceEntry } from '@lineside/contract'
import type { FeedListener } from '../pipeline/sample-feed.ts'
import type { AgentStatus, Answer, LineView, Refusal } from './answers.ts'

/** What people may see and do. The command line goes through it, and tests do. */
export interface AgentView {
  status(): AgentStatus
  alarms(): Answer<'alarms'>
  acknowledge(device: string, alarm: string, by: string): Answer<'acknowledge'> | Refusal
  /** How busy each line is on which devices are polled, and whether it keeps its intervals. */
  bus(): readonly LineView[]
  /** Lets batches out of quarantine, by the numbers they have there, to be sent under new names. */
  unquarantine(numbers: readonly number[]): Promise<Answer<'unquarantine'>>
  /** Reads points of a device now; without names all that are configured. Never rejects. */
  read(device: string, points: readonly string[]): Promise<Answer<'read'> | Refusal>
  /** Live samples of these devices, of all where none is named, until the listener is disposed of. */
  samples(devices: readonly string[], wake: () => void): SamplesView | Refusal
}

/** Somebody who looks on. */
export interface SamplesView {
  readonly ok: true
  /** What the devices are. */
  readonly about: readonly DeviceEntry[]
  readonly listener: FeedListener
}
