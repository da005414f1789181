import type * as z from 'zod'
import { isNumericType } from '../numeric-type.ts'
import type { ModbusPointRaw } from './point-shape.ts'
import { registersOf } from './point-shape.ts'
import { type ModbusTable, modbusTables } from './types.ts'
import { placeProblems } from './sunspec/check.ts'
import { namedPlaces } from './sunspec/resolve.ts'
import type { SunspecRaw } from './sunspec/schema.ts'

type Context<T> = z.core.ParsePayload<T>

function complain<T>(ctx: Context<T>, path: PropertyKey[], message: string): void {
  ctx.issues.push({ code: 'custom', path, message, input: ctx.value })
}

/** The table a point names, the first where it names several. */
export function tableOf(point: ModbusPointRaw): ModbusTable | undefined {
  return modbusTables.find(table => point[table] !== undefined)
}

/** What no single key can tell: one table, and only keys that the type knows. */
export function checkPoint(ctx: Context<ModbusPointRaw>): void {
  const point = ctx.value
  const tables = modbusTables.filter(table => point[table] !== undefined)
  if (point.sunspec) return checkInModel(ctx, tables)
  if (tables.length === 0) {
    complain(ctx, [], 'the point has no address; write input, holding, coil or discrete with its address')
  }
  if (tables.length > 1) complain(ctx, [], `the point has ${tables.length} addresses: ${tables.join(', ')}; write one`)
  const [table] = tables
  if (table === 'coil' || table === 'discrete') checkBit(ctx, table)
  else if (point.type === undefined) complain(ctx, [], 'type is missing; write for instance type: float32')
  else checkKeys(ctx, point.type)
}

/** Of a point in a SunSpec model, type and scale factor belong to the place: they are others in another model. */
function checkInModel(ctx: Context<ModbusPointRaw>, tables: readonly ModbusTable[]): void {
  for (const table of tables) complain(ctx, [table], `it lies in a SunSpec model already; remove ${table}`)
  for (const key of ['type', 'scale_from', 'registers'] as const) {
    if (ctx.value[key] !== undefined) complain(ctx, [key], `write ${key} inside sunspec, beside model`)
  }
  for (const key of ['order', 'fraction', 'half', 'bit', 'bits', 'of', 'transform', 'not_available'] as const) {
    if (ctx.value[key] !== undefined) complain(ctx, [key], `SunSpec itself says that of its types; remove ${key}`)
  }
}

function checkBit(ctx: Context<ModbusPointRaw>, table: string): void {
  if (ctx.value.type !== undefined && ctx.value.type !== 'bool') {
    complain(ctx, ['type'], `a ${table} is a bool and no ${ctx.value.type}; remove type`)
  }
  for (const key of [
    'order',
    'fraction',
    'half',
    'bit',
    'bits',
    'of',
    'names',
    'registers',
    'padding',
    ...numeric,
  ] as const) {
    if (ctx.value[key] !== undefined) complain(ctx, [key], `a ${table} has no ${key}; remove it`)
  }
}

const numeric = ['scale', 'offset', 'scale_from', 'transform', 'range', 'not_available'] as const

function checkKeys(ctx: Context<ModbusPointRaw>, type: string): void {
  const point = ctx.value
  const belongs = (key: keyof ModbusPointRaw, types: readonly string[]): void => {
    if (point[key] === undefined || types.includes(type)) return
    complain(ctx, [key], `${key} has no meaning for ${type}; remove it, or write type: ${types.join(' or ')}`)
  }
  belongs('fraction', ['int32', 'uint32'])
  belongs('transform', ['int16', 'int32', 'float32', 'float64'])
  belongs('half', ['int8', 'uint8'])
  belongs('bit', ['bool'])
  belongs('bits', ['bits', 'enum'])
  belongs('of', ['enum', 'bitfield'])
  belongs('names', ['enum', 'bitfield'])
  belongs('registers', ['string'])
  belongs('padding', ['string'])
  for (const key of ['scale', 'offset', 'scale_from', 'range'] as const) {
    if (point[key] !== undefined && !isNumericType(type)) complain(ctx, [key], `a ${type} has no ${key}; remove it`)
  }
  if (type === 'bits' && point.bits === undefined) complain(ctx, [], 'bits is missing; write for instance bits: [0, 3]')
  if (type === 'string' && point.registers === undefined) {
    complain(ctx, [], 'registers is missing; write how many registers the string has')
  }
  if (type === 'enum' && point.bits && point.of !== undefined && point.of !== 'uint16') {
    complain(ctx, ['of'], 'bits are counted in one register; remove of')
  }
  if (type !== 'float32' && type !== 'float64') {
    for (const pattern of point.not_available ?? []) {
      if (typeof pattern === 'number' && !Number.isInteger(pattern)) {
        complain(ctx, ['not_available'], `${pattern} is no raw value of a ${type}; write a whole number`)
      }
    }
  }
}

interface ProfileLike {
  readonly addressing: 'zero' | 'one'
  readonly limits: { readonly registers: number }
  readonly params: Readonly<Record<string, unknown>>
  readonly sunspec?: SunspecRaw | undefined
  readonly points: Readonly<Record<string, ModbusPointRaw>>
  readonly tests: readonly { readonly expect: Readonly<Record<string, unknown>> }[]
}

/** What no single point can tell: params that are declared, lengths under the limits, tests of points that exist. */
export function checkProfile(ctx: Context<ProfileLike>): void {
  const { points, params, tests } = ctx.value
  if (Object.keys(points).length === 0) complain(ctx, ['points'], 'the profile has no points; write at least one')
  for (const [name, point] of Object.entries(points)) checkAddress(ctx, name, point)
  checkModels(ctx)
  const names = namesOf(ctx.value)
  for (const [name, point] of Object.entries(points)) {
    for (const key of ['scale', 'offset'] as const) {
      for (const used of [point[key] ?? []].flat()) {
        if (typeof used !== 'string' || Object.hasOwn(params, used)) continue
        complain(ctx, ['points', name, key], `param ${used} is not declared; write it under params`)
      }
    }
  }
  for (const [index, vector] of tests.entries()) {
    for (const name of Object.keys(vector.expect)) {
      if (names.has(name)) continue
      complain(ctx, ['tests', index, 'expect', name], `there is no point ${name}; name a point of this profile`)
    }
  }
}

/** Names as the points have them in the end: those in blocks are numbered. */
function namesOf({ points, sunspec }: ProfileLike): ReadonlySet<string> {
  return new Set(
    Object.entries(points).flatMap(([name, point]) =>
      point.sunspec ? namedPlaces(name, point.sunspec, sunspec).map(each => each.name) : [name],
    ),
  )
}

function checkModels(ctx: Context<ProfileLike>): void {
  const { points, sunspec, params } = ctx.value
  const which = sunspec?.which_from
  if (which !== undefined && !Object.hasOwn(params, which)) {
    complain(ctx, ['sunspec', 'which_from'], `param ${which} is not declared; write it under params`)
  }
  for (const [index, id] of (sunspec?.usual.models ?? []).entries()) {
    if (sunspec?.models[id]) continue
    complain(ctx, ['sunspec', 'usual', 'models', index], `model ${id} is not declared; write its length under models`)
  }
  for (const [name, point] of Object.entries(points)) {
    const problems = point.sunspec ? placeProblems(point.sunspec, sunspec) : []
    for (const message of problems) complain(ctx, ['points', name, 'sunspec'], message)
  }
}

function checkAddress(ctx: Context<ProfileLike>, name: string, point: ModbusPointRaw): void {
  const { addressing, limits } = ctx.value
  const table = tableOf(point)
  const written = table && point[table]
  // What no address can be at all is told where it is written.
  if (table === undefined || written === undefined || written > 65_536) return
  const first = addressing === 'one' ? 1 : 0
  const bit = table === 'coil' || table === 'discrete'
  const count = bit ? 1 : registersOf(point)
  if (written < first) complain(ctx, ['points', name, table], 'addressing: one has no address 0; write 1 for the first')
  if (written - first + count > 65_536) complain(ctx, ['points', name, table], `${written} is behind the last address`)
  if (!bit && count > limits.registers) {
    complain(ctx, ['points', name], `the point has ${count} registers, a request at most ${limits.registers}`)
  }
  if (point.scale_from && point.scale_from.address < first) {
    complain(ctx, ['points', name, 'scale_from'], 'addressing: one has no address 0; write 1 for the first')
  }
}
