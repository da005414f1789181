/** What a link knows of one of its devices. Times are UTC ms. */
export interface DeviceStatus {
  readonly name: string
  readonly state: 'starting' | 'online' | 'offline'
  /** When it came into this state, or while it is online began or ceased to lack something that `refused` or `flaw` say. */
  readonly since: number
  /** When it last gave a value. */
  readonly lastValue?: number
  readonly lastError?: string
  /** Until it is asked whether it is back, or for what it leaves unanswered, ms; absent where there is no such thing. */
  readonly nextTryMs?: number
  /** What it refuses to have read while it answers other requests; absent where there is nothing. */
  readonly refused?: readonly RefusedRead[]
  /** Why it can't be read as it is configured although it answers or speaks; absent where it can. */
  readonly flaw?: string
  readonly counters: Readonly<DeviceCounters>
}

/** Points that a device refuses to give. */
export interface RefusedRead {
  readonly points: readonly string[]
  /** In words, as `holding register 40`. */
  readonly what: string
  /** UTC ms. */
  readonly since: number
}

/** Count from the start of the agent. */
export interface DeviceCounters {
  /** Polls begun, or messages received. */
  polls: number
  /** Polls in which no request was answered, messages that could not be read. */
  failed: number
  /** Slots of the grid that passed without a poll: the line was busy, or the device offline. */
  missed: number
  /** Slots that passed while the poll before was still running. */
  overruns: number
  /** Questions to find out whether an offline device is back. */
  probes: number
  /** Readings delivered as bad. */
  badReadings: number
}

export function zeroDeviceCounters(): DeviceCounters {
  return { polls: 0, failed: 0, missed: 0, overruns: 0, probes: 0, badReadings: 0 }
}
