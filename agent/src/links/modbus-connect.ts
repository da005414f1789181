import type { Clock } from '@lineside/contract'
import type { ModbusLinkConfig } from '../config/types.ts'
import { ModbusRtuConnection } from './modbus-rtu-connection.ts'
import type { ModbusConnection } from './modbus-result.ts'
import { ModbusTcpConnection } from './modbus-tcp-connection.ts'
import { openTimeoutMs, serialPlace } from './serial-port.ts'
import { byteMs } from './stty.ts'
import { tcpPlace } from './tcp-channel.ts'

export interface ModbusConnectOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly changed: (online: boolean, text: string | undefined) => void
  readonly opened: () => void
  /** See `ModbusLineOptions`. */
  readonly staysInSilence?: boolean
}

/** Above 19,200 baud the silence between frames is fixed (Modbus over serial line V1.02, 2.5.1.1). */
const fastBaud = 19_200
const fastSilenceMs = 1.75
/** Silence before a request where nobody knows the baud rate of the line behind. */
const unknownSilenceMs = 2

/** Connecting may take longer than an answer. */
const shortestConnectMs = 1000

/** Silence between frames of a serial line, ms: 3.5 characters of 11 bits, as the specification counts them. */
export function interFrameSilenceMs(baud: number): number {
  return baud > fastBaud ? fastSilenceMs : (3.5 * 11 * 1000) / baud
}

/** The connection of a Modbus link, of whichever kind. Nothing is opened before `start`. */
export function connectModbus(config: ModbusLinkConfig, options: ModbusConnectOptions): ModbusConnection {
  const { timeoutMs } = config
  switch (config.kind) {
    case 'modbus_tcp':
      return new ModbusTcpConnection({
        ...options,
        place: tcpPlace(config.host, config.port),
        timeoutMs,
        connectTimeoutMs: Math.max(timeoutMs, shortestConnectMs),
        maxInFlight: config.maxInFlight,
      })
    case 'modbus_rtu_tcp':
      return new ModbusRtuConnection({
        ...options,
        place: tcpPlace(config.host, config.port),
        timeoutMs,
        connectTimeoutMs: Math.max(timeoutMs, shortestConnectMs),
        silenceMs: unknownSilenceMs,
        connectDelayMs: config.connectDelayMs,
        byteMs: 0,
      })
    default:
      return new ModbusRtuConnection({
        ...options,
        place: serialPlace(config.port),
        timeoutMs,
        connectTimeoutMs: openTimeoutMs,
        silenceMs: interFrameSilenceMs(config.port.baud),
        connectDelayMs: config.connectDelayMs,
        byteMs: byteMs(config.port),
      })
  }
}
