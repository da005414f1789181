import { expect, test } from 'vitest'
import { compileIdentification } from './identify.ts'
import type { Readings } from './readings.ts'
import { ModbusTables } from './tables.ts'
import { testPoint, testProfile } from './testing.ts'
import { compileModbusWriter } from './writer.ts'

const type = testPoint({ name: 'identity_0', type: 'string', address: 0x8960, count: 2 })
const version = testPoint({ name: 'identity_1', address: 0x8970 })
const power = testPoint({ name: 'power', address: 0x5000 })
const profile = {
  ...testProfile([power]),
  identify: [
    { point: type, is: ['B23', 'B24'] },
    { point: version, is: [1648, 1649] },
  ],
}

function recognise(tables: ModbusTables): boolean | undefined {
  const identification = compileIdentification(profile)
  const into: Readings = { values: {}, quality: undefined }
  for (const request of identification?.requests ?? []) {
    request.decode(tables.read(request.functionCode, request.address, request.count), into)
  }
  return identification?.matches(into)
}

function device(text: string, number: number): ModbusTables {
  const tables = new ModbusTables()
  const bytes = Buffer.from(text.padEnd(4), 'latin1')
  const words = [bytes.readUInt16BE(0), bytes.readUInt16BE(2)]
  tables.put({ table: 'holding', address: 0x8960, words, mask: 0xffff })
  tables.put({ table: 'holding', address: 0x8970, words: [number], mask: 0xffff })
  return tables
}

test('a device is known when every register shows one of its values', () => {
  expect(recognise(device('B24 ', 1649))).toBe(true)
  expect(recognise(device('B24 ', 1700))).toBe(false)
  expect(recognise(device('B21 ', 1648))).toBe(false)
  expect(recognise(new ModbusTables())).toBe(false)
})

test('a profile that says nothing of it gives no way to know the device', () => {
  expect(compileIdentification(testProfile([power]))).toBe(undefined)
})

test('a device that is played shows what it is known by, but for registers of its points', () => {
  const tables = new ModbusTables()
  for (const cells of compileModbusWriter(profile, { params: {} }).constants) tables.put(cells)
  expect(recognise(tables)).toBe(true)
  const covered = { ...profile, points: new Map([['power', { ...power, address: 0x8970 }]]) }
  expect(compileModbusWriter(covered, { params: {} }).constants.map(({ address }) => address)).toStrictEqual([0x8960])
})
