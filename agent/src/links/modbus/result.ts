import type { ModbusQuery, ReadPdu } from '@lineside/device-profiles'

/** Why a request brought no data. */
export type ModbusFailure =
  | { readonly ok: false; readonly kind: 'disconnected' | 'malformed'; readonly text: string }
  | ModbusTimeout
  | { readonly ok: false; readonly kind: 'exception'; readonly exception: number; readonly text: string }

export interface ModbusTimeout {
  readonly ok: false
  readonly kind: 'timeout'
  readonly text: string
  /** Monotonic: the answer may still come, and until then the next such request would wait on the line. */
  readonly lateUntilMs?: number
}

/**
 * What became of one request. `data` is what follows the byte count, checked for unit id, function and length;
 * of an identification the whole PDU.
 */
export type ModbusResult = { readonly ok: true; readonly data: Uint8Array } | ModbusFailure

/** A line on which Modbus units can be asked. */
export interface ModbusTransport {
  /** Always resolves, within the time-out of the line for each request before this one and for itself. */
  request(unitId: number, read: ReadPdu, gapMs: number): Promise<ModbusResult>
}

/** A line with its connection. */
export interface ModbusConnection extends ModbusTransport {
  readonly counters: Readonly<Record<string, number>>
  request(unitId: number, query: ModbusQuery, gapMs: number): Promise<ModbusResult>
  start(): void
  /** Settles what waits and closes; never waits for the peer. */
  close(): void
}

export function disconnected(text: string): ModbusFailure {
  return { ok: false, kind: 'disconnected', text }
}
