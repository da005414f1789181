import { expect, test } from 'vitest'
import { decodeResponse } from './frames/pdu.ts'
import { decodeRtu } from './frames/rtu.ts'
import type { ModbusPoint } from './profile.ts'
import { compileModbusReader } from './reader.ts'
import type { Readings } from './readings.ts'
import { testPoint, testProfile } from './testing.ts'

/** Readings from a whole RTU answer to the one request that these points need. */
function readFrame(points: readonly (Partial<ModbusPoint> & { readonly name: string })[], frame: string): Readings {
  const into: Readings = { values: {}, quality: undefined }
  const whole = points.map(testPoint)
  const [request, ...others] = compileModbusReader(testProfile(whole), { params: {} }).plan(
    whole.map(({ name }) => name),
  )
  expect(others).toStrictEqual([])
  const opened = decodeRtu(Uint8Array.from(Buffer.from(frame.replaceAll(' ', ''), 'hex')))
  if (!opened.ok || !request) throw new Error(opened.ok ? 'no request' : opened.text)
  const reply = decodeResponse(request, opened.pdu)
  if (reply.kind !== 'data') throw new Error(reply.kind)
  request.decode(reply.data, into)
  return into
}

test('the published answer of a PZEM-004T, low word first', () => {
  const long = { table: 'input', type: 'uint32', count: 2, order: 'cdab' } as const
  const points = [
    { name: 'voltage', table: 'input', address: 0, scale: [0.1] },
    { ...long, name: 'current', address: 1, scale: [0.001] },
    { ...long, name: 'power', address: 3, scale: [0.1] },
    { ...long, name: 'energy', address: 5 },
    { name: 'frequency', table: 'input', address: 7, scale: [0.1] },
    { name: 'power_factor', table: 'input', address: 8, scale: [0.01] },
    { name: 'alarm', table: 'input', address: 9, type: 'bool' },
  ] as const
  const frame = '01 04 14 08D1 006C0000 00F40000 00260000 01F4 0064 0000 5134'
  expect(readFrame(points, frame)).toStrictEqual({
    values: { voltage: 225.7, current: 0.108, power: 24.4, energy: 38, frequency: 50, power_factor: 1, alarm: false },
    quality: undefined,
  })
})

test('the published answer of a Delta drive', () => {
  const points = [
    { name: 'command', address: 0x2102, scale: [0.01] },
    { name: 'output', address: 0x2103, scale: [0.01] },
  ]
  expect(readFrame(points, '01 03 04 1770 0000 FE5C').values).toStrictEqual({ command: 60, output: 0 })
})

test('the published answer of an SDM120', () => {
  const points = [{ name: 'voltage', table: 'input', type: 'float32', count: 2 }] as const
  expect(readFrame(points, '01 04 04 43 66 33 34 1B 38').values).toStrictEqual({ voltage: 230.20001 })
})

test('the self-test registers of a Vaisala HMD60: three forms of one number', () => {
  const points = [
    testPoint({ name: 'integer', type: 'int16', address: 0x1f00, scale: [0.01] }),
    testPoint({ name: 'float', type: 'float32', address: 0x1f01, count: 2 }),
    testPoint({ name: 'text', type: 'string', address: 0x1f03, count: 4 }),
  ]
  const [request] = compileModbusReader(testProfile(points), { params: {} }).plan(['integer', 'float', 'text'])
  const into: Readings = { values: {}, quality: undefined }
  request?.decode(Uint8Array.from(Buffer.from('CFC7C2F6E6662D3132332E343500', 'hex')), into)
  expect(into.values).toStrictEqual({ integer: -123.45, float: -123.45, text: '-123.45' })
})

test('a temperature board with eight sensors, one of them missing', () => {
  const points = [219, 65_424, 65_506, 32_768].map((_, address) =>
    testPoint({ name: `t${address}`, type: 'int16', address, scale: [0.1], notAvailable: [0x8000] }),
  )
  const [request] = compileModbusReader(testProfile(points), { params: {} }).plan(['t0', 't1', 't2', 't3'])
  const into: Readings = { values: {}, quality: undefined }
  request?.decode(Uint8Array.of(0x00, 0xdb, 0xff, 0x90, 0xff, 0xe2, 0x80, 0x00), into)
  expect(into).toStrictEqual({ values: { t0: 21.9, t1: -11.2, t2: -3 }, quality: { t3: 'bad:not_available' } })
})
