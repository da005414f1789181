/** What a link knows of one of its devices. Times are UTC ms. */
export interface DeviceStatus {
  readonly name: string
  readonly state: 'starting' | 'online' | 'offline'
  /** When it came into this state. */
  readonly since: number
  /** When it last gave a value. */
  readonly lastValue?: number
  readonly lastError?: string
  readonly counters: Readonly<DeviceCounters>
}

/** Count from the start of the agent. */
export interface DeviceCounters {
  /** Polls begun, or messages received. */
  polls: number
  /** Polls in which no request was answered. */
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
