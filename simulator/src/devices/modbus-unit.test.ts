import { FakeClock } from '@lineside/contract/testing'
import {
  compileModbusReader,
  decodeResponse,
  loadProfiles,
  type ReadPdu,
  type Readings,
} from '@lineside/device-profiles'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import type { PlantDevice } from '../plant/plant.ts'
import type { WaveformSpec } from '../waveforms/spec.ts'
import { ModbusUnit } from './modbus-unit.ts'
import type { Playing } from './playing.ts'

const text = `
profile: acme/all
vendor: Acme
model: All
protocol: modbus
limits: { hole: 20, bit_hole: 20 }
sources: [ { title: "made up", confidence: high } ]
points:
  low_byte: { holding: 0, type: uint8, half: low }
  high_byte: { holding: 0, type: int8, half: high }
  flag: { holding: 1, type: bool, bit: 0 }
  step: { holding: 1, type: bits, bits: [4, 7] }
  word: { holding: 2, type: int16, scale: 0.1 }
  swapped: { holding: 3, type: uint32, order: cdab, scale: 0.01 }
  long: { holding: 5, type: uint64 }
  single: { holding: 9, type: float32, order: dcba }
  double: { holding: 11, type: float64 }
  packed: { holding: 15, type: bcd32 }
  scaled: { holding: 18, type: int16, scale_from: 20, range: [0, 5000] }
  state: { holding: 21, type: enum, names: { 0: idle, 1: run } }
  same_as_state: { holding: 21, type: uint16 }
  faults: { holding: 22, type: bitfield, names: { 0: hot, 3: door } }
  label: { holding: 23, type: string, registers: 4 }
  coil_a: { coil: 100, type: bool }
  coil_b: { coil: 109, type: bool }
  contact: { discrete: 7, type: bool }
  input_word: { input: 40, type: uint16 }
`
const loaded = loadProfiles([{ file: 'all.yaml', text }])

function unitFor(points: Readonly<Record<string, WaveformSpec>> = {}) {
  const profile = loaded.profiles.get('acme/all')
  if (profile?.protocol !== 'modbus') throw new TypeError(JSON.stringify(loaded.problems))
  const ledger = new Ledger({ write: () => undefined, close: async () => undefined })
  const playing: Playing = { clock: new FakeClock(), ledger, elapsed: () => 0 }
  const device: PlantDevice = {
    name: 'all',
    profile,
    link: 'line',
    unitId: 1,
    topic: '',
    params: {},
    everyMs: 1000,
    points: new Map(Object.entries(points)),
    scenarios: [],
  }
  const unit = new ModbusUnit(device, profile, playing, { seed: 3, column: () => [] })
  const plan = compileModbusReader(profile, { params: {} }).plan([...profile.points.keys()])
  return { unit, plan, profile }
}

test('what is in the ledger is what the bytes say, also where replies of one moment had to be told apart', () => {
  const { unit, plan } = unitFor()
  const seen = new Set<string>()
  for (let poll = 0; poll < 300; poll++) {
    const into: Readings = { values: {}, quality: undefined }
    const noted: Record<string, unknown> = {}
    for (const request of plan) {
      const answer = unit.answer(request, Math.floor(poll / 100) * 7_000)
      const reply = decodeResponse(request, answer.pdu)
      if (reply.kind === 'data') request.decode(reply.data, into)
      Object.assign(noted, answer.draft?.points)
    }
    expect(into.quality).toBeUndefined()
    expect(noted).toEqual(into.values)
    const { coil_a: _a, coil_b: _b, contact: _c, input_word: _d, ...holding } = into.values
    seen.add(Object.values(holding).join())
  }
  expect(seen.size).toBe(300)
})

test('points over the same registers agree with each other', () => {
  const { unit, plan } = unitFor({ state: { constant: 'run' }, same_as_state: { constant: 0 } })
  const into: Readings = { values: {}, quality: undefined }
  const noted: Record<string, unknown> = {}
  for (const request of plan) {
    const answer = unit.answer(request, 0)
    const reply = decodeResponse(request, answer.pdu)
    if (reply.kind === 'data') request.decode(reply.data, into)
    Object.assign(noted, answer.draft?.points)
  }
  expect(noted).toEqual(into.values)
  expect([into.values['state'], into.values['same_as_state']]).toEqual(['idle', 0])
})

test('any range is answered whole or refused, and the ledger holds just the points wholly in it', () => {
  const { unit, profile } = unitFor()
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 40 }), (address, count) => {
      const read: ReadPdu = { functionCode: 3, address, count }
      const answer = unit.answer(read, 0)
      if (address + count > 27) {
        expect([...answer.pdu]).toEqual([0x83, 2])
        return
      }
      expect(answer.pdu).toHaveLength(2 + count * 2)
      const inside = [...profile.points.values()]
        .filter(point => point.table === 'holding' && point.address >= address)
        .filter(point => point.address + point.count <= address + count)
      expect(Object.keys(answer.draft?.points ?? {}).toSorted()).toEqual(inside.map(point => point.name).toSorted())
    }),
    { numRuns: 200 },
  )
})

test('a coil alone repeats itself, and that is counted', () => {
  const { unit } = unitFor()
  for (let i = 0; i < 5; i++) unit.answer({ functionCode: 1, address: 100, count: 1 }, 0)
  expect(unit.repeated).toBe(4)
})
