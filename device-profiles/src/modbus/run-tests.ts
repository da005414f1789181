import type { Value } from '@lineside/contract'
import type { ProfileTestFailure } from '../protocol.ts'
import { ProfileError } from '../error.ts'
import { exampleValues } from './example-values.ts'
import { compileIdentification, identityCells } from './identify.ts'
import type { ModbusPoint, ModbusProfile, ModbusVector } from './profile.ts'
import { compileModbusReader } from './reader.ts'
import type { Readings } from './readings.ts'
import type { Params } from './scale.ts'
import { locate } from './sunspec/locate.ts'
import { ChainWalk } from './sunspec/walk.ts'
import { ModbusTables } from './tables.ts'
import { compileModbusWriter } from './writer.ts'

/** Decodes every vector of a profile, and every point's example values after encoding them. */
export function runModbusTests(profile: ModbusProfile): readonly ProfileTestFailure[] {
  return [
    ...profile.tests.flatMap((vector, index) => runVector(profile, vector, index)),
    ...[...profile.points.keys()].flatMap(point => runRoundTrips(profile, point)),
    ...runIdentification(profile),
  ]
}

function runVector(profile: ModbusProfile, vector: ModbusVector, index: number): ProfileTestFailure[] {
  const tables = new ModbusTables()
  for (const cells of vector.cells) tables.put({ ...cells, mask: 0xffff })
  const found = locatedIn(profile, tables, vector.params)
  if (typeof found === 'string') return [{ where: `tests ${index}`, message: found }]
  const present = [...vector.expect.keys()].filter(point => found.points.has(point))
  const got = readAll(found, present, tables, vector.params)
  return [...vector.expect].flatMap(([point, wanted]) => {
    const lack = profile.sunspec ? undefined : missingCell(found.points.get(point), tables)
    if (lack !== undefined) return [{ where: `tests ${index}: ${point}`, message: `the test does not give ${lack}` }]
    const expected = wanted === null ? 'bad:not_available' : typeof wanted === 'object' ? `bad:${wanted.bad}` : wanted
    const value = got.values[point] ?? got.quality?.[point]
    if (value === expected) return []
    return [{ where: `tests ${index}: ${point}`, message: `expected ${String(expected)}, got ${String(value)}` }]
  })
}

/** What a point is made of and nobody gave: a device would refuse to have it read. */
function missingCell(point: ModbusPoint | undefined, tables: ModbusTables): string | undefined {
  if (!point) return undefined
  const { table, address, count, scaleFrom } = point
  const own = Array.from({ length: count }, (_, n) => ({ table, address: address + n }))
  const lack = [...own, ...(scaleFrom ? [scaleFrom] : [])].find(cell => !tables.has(cell.table, cell.address))
  const what = lack?.table === 'input' || lack?.table === 'holding' ? `${lack.table} register` : lack?.table
  return lack && `${what} ${lack.address} (0x${lack.address.toString(16).toUpperCase()})`
}

/** The profile as it is for the device whose registers these are, or why it is for none. */
function locatedIn(profile: ModbusProfile, tables: ModbusTables, params: Params): ModbusProfile | string {
  if (!profile.sunspec) return profile
  const walk = new ChainWalk(profile.sunspec.models)
  for (let { next } = walk; next; { next } = walk) walk.take(tables.read(next.functionCode, next.address, next.count))
  const { result } = walk
  return result?.kind === 'found' ? locate(profile, result.chain, params) : (result?.reason ?? 'no models')
}

function runRoundTrips(profile: ModbusProfile, point: string): ProfileTestFailure[] {
  const params = Object.fromEntries([...profile.params].map(([name, param]) => [name, param.default ?? 1]))
  const writer = compileModbusWriter(profile, { params })
  const failures: ProfileTestFailure[] = []
  const check = (put: (tables: ModbusTables) => void, expected: Value): void => {
    const tables = new ModbusTables()
    for (const cells of writer.constants) tables.put(cells)
    put(tables)
    const { values, quality } = readAll(profile, [point], tables, params)
    const got = values[point] ?? quality?.[point]
    if (got === expected) return
    failures.push({ where: `round trip: ${point}`, message: `expected ${String(expected)}, got ${String(got)}` })
  }
  const definition = profile.points.get(point)
  if (!definition) throw new ProfileError('unknown_point', `no point ${point}`, 'name a point of the profile')
  for (const value of exampleValues(definition)) {
    const exact = writer.quantise(point, value)
    if (exact !== undefined) check(tables => tables.put(writer.encode(point, exact)), exact)
    else failures.push({ where: `round trip: ${point}`, message: `${String(value)} can not be encoded` })
  }
  const none = writer.encodeNotAvailable(point)
  if (none) check(tables => tables.put(none), 'bad:not_available')
  return failures
}

/** A device that is played must be known again. */
function runIdentification(profile: ModbusProfile): ProfileTestFailure[] {
  const identification = compileIdentification(profile)
  if (!identification) return []
  const tables = new ModbusTables()
  for (const cells of identityCells({ ...profile, points: new Map() })) tables.put(cells)
  const into: Readings = { values: {}, quality: undefined }
  for (const request of identification.requests) {
    request.decode(tables.read(request.functionCode, request.address, request.count), into)
  }
  if (identification.matches(into)) return []
  return [{ where: 'identify', message: `the device is not known by ${JSON.stringify(into.values)}` }]
}

function readAll(
  profile: ModbusProfile,
  points: readonly string[],
  tables: ModbusTables,
  params: Readonly<Record<string, number | string>>,
): Readings {
  const into: Readings = { values: {}, quality: undefined }
  for (const request of compileModbusReader(profile, { params }).plan(points)) {
    request.decode(tables.read(request.functionCode, request.address, request.count), into)
  }
  return into
}
