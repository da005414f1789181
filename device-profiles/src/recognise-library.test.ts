// oxlint-disable-next-line no-restricted-imports -- a test may read the library
import { readdirSync, readFileSync } from 'node:fs'
import { seededRandom } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import { libraryFolder } from './library.ts'
import { loadProfiles } from './loader.ts'
import type { ModbusPoint, ModbusProfile } from './modbus/profile.ts'
import type { ModbusTable } from './modbus/types.ts'
import { modbusTables, readFunctionCodes } from './modbus/types.ts'
import { rankFits } from './modbus/rank-fits.ts'
import type { ReadRequest } from './modbus/reader.ts'
import { ModbusTables } from './modbus/tables.ts'
import { compileTrial, type TrialAnswer } from './modbus/trial.ts'
import { compileModbusWriter } from './modbus/writer.ts'
import type { ModbusCells } from './modbus/cells.ts'

const files = readdirSync(libraryFolder, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.yaml'))
  .map(file => ({ file, text: readFileSync(new URL(file, libraryFolder), 'utf8') }))
const profiles = [...loadProfiles(files).profiles.values()].filter(profile => profile.protocol === 'modbus')
const trials = profiles.map(compileTrial)
const random = seededRandom(7)

/** What devices in use show, by unit. */
const usual: Readonly<Record<string, number>> = {
  V: 230,
  A: 5,
  W: 1100,
  kW: 1.1,
  Hz: 50,
  Cel: 22,
  '%': 45,
  '1': 0.9,
  'kW.h': 1234.5,
}

function shown({ type, unit, range, names }: ModbusPoint): number | string | boolean | undefined {
  if (type === 'bool') return true
  if (type === 'string') return 'AB12'
  if (type === 'enum') return names.values().next().value
  if (type === 'bitfield') return ''
  const [least, most] = range ?? [0, 1000]
  const value = (usual[unit ?? ''] ?? least + (most - least) / 100) * (0.9 + 0.2 * random())
  return Math.min(most, Math.max(least, value))
}

/** A device of this profile: what lies before its first or behind its last register is refused. */
function play(profile: ModbusProfile): (request: ReadRequest) => TrialAnswer {
  const params = Object.fromEntries([...profile.params].map(([name, { default: preset }]) => [name, preset ?? 1]))
  const writer = compileModbusWriter(profile, { params })
  const tables = new ModbusTables()
  const ends = new Map<ModbusTable, readonly [number, number]>()
  const put = (cells: ModbusCells) => {
    tables.put(cells)
    const [low, high] = ends.get(cells.table) ?? [cells.address, cells.address]
    ends.set(cells.table, [Math.min(low, cells.address), Math.max(high, cells.address + cells.words.length)])
  }
  for (const cells of writer.constants) put(cells)
  for (const point of profile.points.values()) {
    const value = shown(point)
    if (value !== undefined) put(writer.encode(point.name, value))
  }
  return ({ functionCode, address, count }) => {
    const table = modbusTables.find(each => readFunctionCodes[each] === functionCode)
    const [low, high] = (table && ends.get(table)) ?? [0, 0]
    return address < low || address + count > high ? 'refused' : tables.read(functionCode, address, count)
  }
}

test('devices of the library are known by what they show: nine of ten come first among all profiles, or are one of several', () => {
  const places = profiles.flatMap(profile => {
    // Too little to tell: a few bits, or numbers that every register could hold.
    const answer = play(profile)
    const own = compileTrial(profile).judge(answer)
    if (own.bits < 5) return []
    const ranked = rankFits(
      trials.map(trial => trial.judge(answer)),
      new Map(),
    )
    return [{ profile: profile.profile, place: ranked.findIndex(fit => fit.profile === profile) }]
  })
  expect(places.length).toBeGreaterThan(30)
  expect(places.filter(({ place }) => place < 0 || place > 2)).toEqual([])
  expect(places.filter(({ place }) => place === 0).length).toBeGreaterThan(places.length * 0.9)
})

test('registers that all hold one number, or two in turns, are nobody for sure', () => {
  for (let n = 0; n < 40; n++) {
    const numbers = n < 20 ? [1 + Math.floor(random() * 1000)] : [n, Math.floor(random() * 0x1_0000)]
    const ranked = rankFits(
      trials.map(trial =>
        trial.judge(({ count }) =>
          Uint8Array.from({ length: count * 2 }, (_, at) => {
            const number = numbers[(at >> 1) % numbers.length] ?? 0
            return at % 2 === 0 ? number >> 8 : number & 0xff
          }),
        ),
      ),
      new Map(),
    )
    expect(ranked.filter(({ confidence }) => confidence !== 'possible').map(fit => fit.profile.profile)).toEqual([])
  }
})
