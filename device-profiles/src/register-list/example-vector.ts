import { stringifyJson } from '@lineside/contract'
import type { ModbusPoint, ModbusProfile } from '../modbus/profile.ts'
import { modbusTables } from '../modbus/types.ts'
import { compileModbusWriter, type ModbusWriter } from '../modbus/writer.ts'

const mostPoints = 3

/**
 * A test of a profile that nobody has compared with a device yet: registers made from values in the middle of their
 * ranges. It says so itself; it keeps what is written from changing unseen, and shows how a real one is written.
 */
export function exampleVector(profile: ModbusProfile): string {
  const writer = compileModbusWriter(profile, { params: {} })
  const shown = [...profile.points.values()].flatMap(point => exampleOf(point, writer) ?? []).slice(0, mostPoints)
  if (shown.length === 0) return ''
  const tables = modbusTables.flatMap(table => {
    const own = shown.filter(({ cells }) => cells.table === table)
    if (own.length === 0) return []
    const isBit = table === 'coil' || table === 'discrete'
    const words = own.map(({ cells: { address, words: all } }) => {
      const text = all.map(word => (isBit ? String(word) : hex(word))).join(' ')
      return `0x${hex(address)}: "${text}"`
    })
    return [`${table}: { ${words.join(', ')} }`]
  })
  const expected = shown.map(({ point, value }) => `${point}: ${stringifyJson(value)}`)
  return `tests:
  # Made by calculation: replace it by what a device sent and what its display showed.
  - { ${tables.join(', ')}, expect: { ${expected.join(', ')} }, source: calculated }
`
}

function exampleOf(point: ModbusPoint, writer: ModbusWriter) {
  const isBit = point.table === 'coil' || point.table === 'discrete'
  const [least, most] = point.range ?? [0, 1000]
  const wished = isBit || point.type === 'bool' ? true : point.type === 'string' ? 'A1' : least + (most - least) / 3
  const value = writer.quantise(point.name, wished)
  return value === undefined ? undefined : { point: point.name, value, cells: writer.encode(point.name, value) }
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0')
}
