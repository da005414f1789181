import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import type { Resolving } from '../context.ts'
import type { ModbusRtuLinkConfig, SerialPortConfig, SerialPortLinkConfig } from '../types.ts'
import type { Claim } from './kind.ts'

export const timeout = durationBetween('20ms', '60s').default(1000)

/** What `stty` and the drivers of common adapters take. */
export const baudRates = [
  300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600,
] as const

export const baud = z.int().refine(isBaudRate, {
  error: issue => `${String(issue.input)} is not a baud rate; write ${nearestBaud(issue.input)}`,
})

function isBaudRate(written: number): boolean {
  return baudRates.some(rate => rate === written)
}

function nearestBaud(written: unknown): number {
  const wanted = typeof written === 'number' ? written : 9600
  return [...baudRates].toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0] ?? 9600
}

export const devicePath = z
  .string()
  .min(1)
  .refine(path => path.startsWith('/'), {
    error: issue => `"${String(issue.input)}" is not the path of a port; write it as in /dev/serial/by-id/…`,
  })
  .meta({ description: 'serial port of this machine', examples: ['/dev/serial/by-id/usb-FTDI_FT232R-if00-port0'] })

export const serialSettings = {
  baud: baud.default(9600).meta({ description: 'bits a second', examples: baudRates }),
  parity: z.enum(['none', 'even', 'odd']).default('none'),
  stop_bits: z.union([z.literal(1), z.literal(2)]).default(1),
}

interface WrittenPort {
  readonly baud: number
  readonly data_bits: 7 | 8
  readonly parity: SerialPortConfig['parity']
  readonly stop_bits: 1 | 2
}

export function portOf(path: string, written: WrittenPort): SerialPortConfig {
  const { baud: rate, data_bits, parity, stop_bits } = written
  return { path, baud: rate, dataBits: data_bits, parity, stopBits: stop_bits }
}

/** One line has one client: a second link on the same port would take its answers. */
export function claimPort({ kind, port }: ModbusRtuLinkConfig | SerialPortLinkConfig, ctx: Resolving): Claim {
  const real = ctx.io.realPath(port.path)
  const place = real === port.path ? real : `${port.path}, which is ${real},`
  return {
    of: `port ${real}`,
    key: kind,
    message: other => `${other} has ${place} already`,
    fix: 'put the devices of both on one link',
  }
}
