import type { Clock } from '@lineside/contract'
import type { AlarmWatch } from '../alarms/watch.ts'
import type { BatchBuffer } from '../buffer/api.ts'
import type { ClockKeeper } from '../clock/api.ts'
import type { AgentConfig } from '../config/types.ts'
import type { Link } from '../links/link.ts'
import type { Uplink } from '../uplink/api.ts'
import type { BrokenView } from './device-view.ts'
import type { LiveValues } from '../pipeline/live-values.ts'
import type { SampleFeed } from '../pipeline/sample-feed.ts'

/** The parts of a running agent that can be looked at. */
export interface ViewSources {
  readonly config: AgentConfig
  /** Devices that the configuration has wrong, with what is wrong. */
  readonly broken: readonly BrokenView[]
  readonly version: string
  readonly clock: Clock
  /** Monotonic ms. */
  readonly startedMs: number
  readonly links: readonly Link[]
  readonly live: LiveValues
  /** Samples for those who look on. */
  readonly feed: SampleFeed
  readonly watch: AlarmWatch
  readonly buffer: BatchBuffer
  readonly uplink: Uplink | undefined
  readonly keeper: ClockKeeper
}
