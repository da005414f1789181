import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import type { ModbusRtuLinkConfig, ModbusRtuTcpLinkConfig, ModbusTcpLinkConfig } from '../types.ts'
import { connectTo } from './connect-to.ts'
import { linkKind, type LinkKind } from './kind.ts'
import { baud, claimPort, devicePath, portOf, serialSettings, timeout } from './line.ts'

const requestGap = durationBetween('0s', '10s').default(0).meta({ description: 'silence before the next request' })
const connectDelay = durationBetween('0s', '60s')
  .default(0)
  .meta({ description: 'silence between connecting and the first request, for converters that need it' })

const busBaud = z
  .union([baud, z.literal('none')])
  .optional()
  .meta({ description: 'of the bus behind it, for what lineside check computes; none: there is no bus' })

export const modbusTcp: LinkKind<ModbusTcpLinkConfig> = linkKind({
  protocols: ['modbus'],
  schema: z.strictObject({
    modbus_tcp: connectTo(502),
    timeout,
    request_gap: requestGap,
    max_in_flight: z.int().min(1).max(16).default(1).meta({ description: 'requests under way at the same time' }),
    bus_baud: busBaud,
  }),
  resolve: (written, { link }) => ({
    kind: 'modbus_tcp',
    name: link,
    ...written.modbus_tcp,
    timeoutMs: written.timeout,
    requestGapMs: written.request_gap,
    maxInFlight: written.max_in_flight,
    ...busBaudOf(written),
  }),
})

export const modbusRtuTcp: LinkKind<ModbusRtuTcpLinkConfig> = linkKind({
  protocols: ['modbus'],
  hasBroadcast: true,
  schema: z.strictObject({
    modbus_rtu_tcp: connectTo().meta({ description: 'RTU framing over TCP, through a serial device server' }),
    timeout,
    request_gap: requestGap,
    connect_delay: connectDelay,
    bus_baud: busBaud,
  }),
  resolve: (written, { link }) => ({
    kind: 'modbus_rtu_tcp',
    name: link,
    ...written.modbus_rtu_tcp,
    ...pace(written),
    ...busBaudOf(written),
  }),
})

export const modbusRtu: LinkKind<ModbusRtuLinkConfig> = linkKind({
  protocols: ['modbus'],
  hasBroadcast: true,
  schema: z.strictObject({
    modbus_rtu: devicePath,
    ...serialSettings,
    data_bits: z.literal(8, { error: 'RTU needs 8 data bits; remove data_bits' }).default(8),
    timeout,
    request_gap: requestGap,
    connect_delay: connectDelay,
  }),
  resolve: (written, { link }) => ({
    kind: 'modbus_rtu',
    name: link,
    port: portOf(written.modbus_rtu, written),
    ...pace(written),
  }),
  claim: claimPort,
})

interface Pace {
  readonly timeout: number
  readonly request_gap: number
  readonly connect_delay: number
}

function pace({ timeout: timeoutMs, request_gap, connect_delay }: Pace) {
  return { timeoutMs, requestGapMs: request_gap, connectDelayMs: connect_delay }
}

function busBaudOf({ bus_baud }: { readonly bus_baud?: number | 'none' | undefined }): { busBaud?: number } {
  if (bus_baud === undefined) return {}
  return { busBaud: bus_baud === 'none' ? 0 : bus_baud }
}
