import type { Quality, Value } from '@lineside/contract'
import {
  compileModbusReader,
  compileModbusWriter,
  type ModbusCells,
  type ModbusPoint,
  type ModbusProfile,
  type ModbusTable,
  modbusTables,
  type ReadRequest,
  type Readings,
  readFunctionCodes,
} from '@lineside/device-profiles'
import type { Quantise } from '../ledger/nudge.ts'
import type { PlantDevice } from '../plant/plant.ts'
import type { Waveform } from '../waveforms/waveform.ts'
import { attempt } from './encoding.ts'
import { TableImage } from './modbus-table.ts'
import { type PlayOptions, type PointSources, pointSources } from './point-sources.ts'

/** One point of a unit: what it plays, and what it holds. */
export interface Slot {
  readonly point: ModbusPoint
  readonly waveform: Waveform
  /** Undefined: it shares bits with another point, and can't be moved alone. */
  readonly quantise: Quantise | undefined
  encode(value: Value): ModbusCells
  /** Millisecond of the plant that the table's cells are of. */
  tMs: number
  wished: Value | undefined
  /** `value` and `quality` are of what was wished last. */
  isRead: boolean
  /** As the agent stores it; undefined: bad. */
  value: Value | undefined
  quality: Quality | undefined
}

export interface UnitTables {
  readonly tables: ReadonlyMap<ModbusTable, TableImage>
  /** In the order of the profile. */
  readonly slots: readonly Slot[]
  readonly sources: PointSources
  /** Brings a slot's cells to a millisecond. */
  refresh(slot: Slot, tMs: number): void
  /** Brings a slot's value and quality to what its cells hold: wanted where a ledger is kept. */
  read(slot: Slot): void
}

/** Tables and points of one unit. Throws ProfileError `unknown_param`. */
export function unitTables(device: PlantDevice, profile: ModbusProfile, options: PlayOptions): UnitTables {
  const writer = compileModbusWriter(profile, { params: device.params })
  const reader = compileModbusReader(profile, { params: device.params })
  const quantise = (point: string, value: Value) => attempt(() => writer.quantise(point, value))
  const sources = pointSources(device, quantise, options)
  const tables = tablesFor(profile, writer.constants)
  for (const cells of writer.constants) tables.get(cells.table)?.put(cells)

  const shared = sharedPoints(profile)
  const slots: Slot[] = [...profile.points.values()].map(point => ({
    point,
    waveform: sources.points.get(point.name) ?? (() => 0),
    quantise: shared.has(point.name) ? undefined : value => quantise(point.name, value),
    encode: value => writer.encode(point.name, value),
    tMs: Number.NaN,
    wished: undefined,
    isRead: false,
    value: undefined,
    quality: undefined,
  }))

  const requests = new Map<string, readonly ReadRequest[]>()
  /** What the agent reads. */
  const readBack = (slot: Slot): void => {
    const into: Readings = { values: {}, quality: undefined }
    const own = requests.get(slot.point.name) ?? reader.plan([slot.point.name])
    requests.set(slot.point.name, own)
    for (const request of own) {
      const table = modbusTables.find(name => readFunctionCodes[name] === request.functionCode)
      const image = table && tables.get(table)
      if (image) request.decode(image.read(request.address, request.count), into)
    }
    slot.value = into.values[slot.point.name]
    slot.quality = into.quality?.[slot.point.name]
  }

  const refresh = (slot: Slot, tMs: number): void => {
    if (slot.tMs === tMs) return
    slot.tMs = tMs
    const wished = slot.waveform(tMs)
    if (wished === slot.wished && slot.quantise !== undefined) return
    slot.wished = wished
    const { name } = slot.point
    const cells = attempt(() => writer.encode(name, wished)) ?? writer.encodeNotAvailable(name)
    if (cells) tables.get(slot.point.table)?.put(cells)
    slot.isRead = false
  }

  const read = (slot: Slot): void => {
    // Several points may have put their bits there since.
    if (slot.quantise === undefined) return readBack(slot)
    if (slot.isRead) return
    slot.isRead = true
    slot.quality = undefined
    slot.value = slot.wished === undefined ? undefined : slot.quantise(slot.wished)
    if (slot.value === undefined) readBack(slot)
  }
  return { tables, slots, sources, refresh, read }
}

function tablesFor(profile: ModbusProfile, constants: readonly ModbusCells[]): Map<ModbusTable, TableImage> {
  const spans = [
    ...[...profile.points.values()].map(({ table, address, count }) => ({ table, address, count })),
    ...constants.map(({ table, address, words }) => ({ table, address, count: words.length })),
  ]
  const tables = new Map<ModbusTable, TableImage>()
  for (const table of modbusTables) {
    const own = spans.filter(span => span.table === table)
    if (own.length === 0) continue
    const low = own.reduce((least, span) => Math.min(least, span.address), 0xffff)
    const high = own.reduce((most, span) => Math.max(most, span.address + span.count), 0)
    tables.set(table, new TableImage(table, low, high))
  }
  return tables
}

/** Points that have bits in common with another one: the last of them that is put decides for both. */
function sharedPoints(profile: ModbusProfile): ReadonlySet<string> {
  const owners = new Map<string, string>()
  const shared = new Set<string>()
  for (const point of profile.points.values()) {
    for (const cell of cellsOf(point)) {
      const owner = owners.get(cell)
      if (owner === undefined) owners.set(cell, point.name)
      else shared.add(owner).add(point.name)
    }
  }
  return shared
}

/** The smallest pieces of a table that a point lies in: bits of a register, else its halves, else coils. */
function* cellsOf(point: ModbusPoint): Generator<string> {
  if (point.table === 'coil' || point.table === 'discrete') {
    yield `${point.table} ${point.address}`
    return
  }
  const isHalf = point.type === 'int8' || point.type === 'uint8'
  const [from, to] = point.bits ?? (isHalf ? (point.half === 'high' ? [8, 15] : [0, 7]) : [0, 15])
  for (let register = 0; register < point.count; register++) {
    for (let bit = from; bit <= to; bit++) yield `${point.table} ${point.address + register} ${bit}`
  }
}
