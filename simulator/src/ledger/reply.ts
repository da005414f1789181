import type { Quality, Value } from '@lineside/contract'

/** What a device gave in one Modbus response, one serial frame or one MQTT message: one line of the ledger. */
export interface Reply {
  readonly device: string
  /** Counts the replies of this device from 1. */
  readonly n: number
  /** UTC milliseconds at which it was made. */
  readonly at: number
  /** Point → value, exactly as the agent must store it. Points without a value are absent. */
  readonly points: Readonly<Record<string, Value>>
  /** Points that the device gave as bad: not available, sensor failure. */
  readonly quality?: Readonly<Record<string, Quality>>
  /** Sent, and the end came before the acknowledgement: it may or may not have been taken. */
  readonly unconfirmed?: true
}
