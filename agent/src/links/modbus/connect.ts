import type { Clock } from '@lineside/contract'
import type { ModbusLinkConfig } from '../../config/types.ts'
import { ModbusRtuConnection } from './rtu-connection.ts'
import type { ModbusConnection } from './result.ts'
import { ModbusTcpConnection } from './tcp-connection.ts'
import { openTimeoutMs, serialPlace } from '../channel/serial-port.ts'
import { byteMs, interFrameSilenceMs, unknownSilenceMs } from '../channel/serial-timing.ts'
import { tcpPlace } from '../channel/tcp.ts'

export interface ModbusConnectOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly changed: (online: boolean, text: string | undefined) => void
  readonly opened: () => void
  /** See `ModbusLineOptions`. */
  readonly staysInSilence?: boolean
}

/** Connecting may take longer than an answer. */
const shortestConnectMs = 1000

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
    case 'modbus_rtu':
      return new ModbusRtuConnection({
        ...options,
        place: serialPlace(config.port),
        timeoutMs,
        connectTimeoutMs: openTimeoutMs,
        silenceMs: interFrameSilenceMs(config.port.baud),
        connectDelayMs: config.connectDelayMs,
        byteMs: byteMs(config.port),
      })
    default:
      return config satisfies never
  }
}
