import { validate } from '@lineside/settings'
import { complain, type Resolving } from './context.ts'
import { modbusRtuLink, modbusRtuTcpLink, serialPortLink } from './schema.ts'
import type { LinkConfig, SerialPortConfig } from './types.ts'

export function modbusRtuTcpConfig(ctx: Resolving, link: string): LinkConfig | undefined {
  const { value, problems } = validate(modbusRtuTcpLink, ctx.document, { at: ['links', link] })
  ctx.problems.push(...problems)
  if (value === undefined || !portIsReal(ctx, link, 'modbus_rtu_tcp', value.modbus_rtu_tcp.port)) return undefined
  return { kind: 'modbus_rtu_tcp', name: link, ...value.modbus_rtu_tcp, ...pace(value), ...busBaudOf(value) }
}

export function modbusRtuConfig(ctx: Resolving, link: string): LinkConfig | undefined {
  const { value, problems } = validate(modbusRtuLink, ctx.document, { at: ['links', link] })
  ctx.problems.push(...problems)
  if (value === undefined) return undefined
  return { kind: 'modbus_rtu', name: link, port: portOf(value.modbus_rtu, value), ...pace(value) }
}

export function serialPortConfig(ctx: Resolving, link: string): LinkConfig | undefined {
  const { value, problems } = validate(serialPortLink, ctx.document, { at: ['links', link] })
  ctx.problems.push(...problems)
  if (value === undefined) return undefined
  return { kind: 'serial', name: link, port: portOf(value.serial, value), timeoutMs: value.timeout }
}

interface Pace {
  readonly timeout: number
  readonly request_gap: number
  readonly connect_delay: number
}

function pace({ timeout, request_gap, connect_delay }: Pace) {
  return { timeoutMs: timeout, requestGapMs: request_gap, connectDelayMs: connect_delay }
}

export function busBaudOf({ bus_baud }: { readonly bus_baud?: number | 'none' | undefined }): { busBaud?: number } {
  if (bus_baud === undefined) return {}
  return { busBaud: bus_baud === 'none' ? 0 : bus_baud }
}

interface WrittenPort {
  readonly baud: number
  readonly data_bits: 7 | 8
  readonly parity: SerialPortConfig['parity']
  readonly stop_bits: 1 | 2
}

function portOf(path: string, { baud, data_bits, parity, stop_bits }: WrittenPort): SerialPortConfig {
  return { path, baud, dataBits: data_bits, parity, stopBits: stop_bits }
}

/** A device can't listen on port 0, which is for listeners that let the system choose. */
export function portIsReal(ctx: Resolving, link: string, key: string, port: number): boolean {
  if (port > 0) return true
  complain(ctx, ['links', link, key], 'there is nothing to connect to at port 0', 'write the port of the device')
  return false
}

/** One line has one client: a second link on the same port would take its answers. */
export function complainOfSharedPorts(ctx: Resolving, links: Iterable<LinkConfig>): void {
  const taken = new Map<string, string>()
  for (const link of links) {
    if (link.kind !== 'modbus_rtu' && link.kind !== 'serial') continue
    const port = ctx.io.realPath(link.port.path)
    const other = taken.get(port)
    if (other === undefined) taken.set(port, link.name)
    else {
      const fix = 'put the devices of both on one link'
      const place = port === link.port.path ? port : `${link.port.path}, which is ${port},`
      complain(ctx, ['links', link.name, link.kind], `${other} has ${place} already`, fix)
    }
  }
}
