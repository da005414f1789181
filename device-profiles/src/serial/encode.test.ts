import type { Value } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { quantise } from '../values/point-writer.ts'
import { compileSerial } from './compile.ts'
import { createFramer } from './create-framer.ts'
import { encodeSerialMessage } from './encode.ts'
import type { SerialProfile } from './profile.ts'
import { serialProfile } from './testing.ts'

const points = `
points:
  level:
    from: { message: all, field: level, unit: unit }
    type: number
    unit: Cel
    decimals: 2
    units: { F: { scale: 0.555555555555556, offset: -17.7777777777778 }, C: 1, mK: 0.001 }
  share: { from: { message: all, field: share }, type: number, unit: "%", scale: 0.1, offset: -4 }
  count: { from: { message: all, field: count }, type: integer }
  on: { from: { message: all, field: "on" }, type: bool, names: { "1": true, "0": false } }
  state: { from: { message: all, field: state }, type: enum, names: { R: run, S: stop } }
  label: { from: { message: all, field: label }, type: string }
`
const split = serialProfile(`
framing: { lines: "\\r\\n", first: keep }
checksum: { type: crc16_modbus, start: "#", end: "*" }
messages:
  all:
    split: ";"
    match: { 0: X? }
    fields: { level: 1, unit: 2, share: 3, count: 4, "on": 5, state: 6, label: 7 }
${points}`)
const format = serialProfile(`
framing: { start: "\\x02", end: "\\x03", max_length: 256 }
messages:
  all: { format: "{level:24}{unit:3}{share>8},{count},{on:1}{state:1} {label}" }
${points}`)

const pairs = serialProfile(`
framing: { lines: "\\n", first: keep }
messages:
  all:
    pairs:
      between: ";"
      fields: { level: T, unit: U, share: S, count: N, "on": O, state: Z, label: L }
${points}`)
const csv = serialProfile(`
framing: { lines: "\\r\\n", first: keep }
messages:
  all:
    split: ","
    quoted: true
    fields: { level: "Level, T", unit: Unit, share: Share, count: Count, "on": On, state: State, label: Label }
${points}`)
const json = serialProfile(`
framing: { lines: any, first: keep }
messages:
  all:
    json:
      match: { kind: all }
      fields: { level: level.value, unit: level.unit, share: "list[0]", count: "list[1]", "on": "on", state: state, label: label }
${points}`)

const plain = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const values = fc.record(
  {
    level: plain,
    share: plain,
    count: fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n })),
    on: fc.boolean(),
    state: fc.constantFrom('run', 'stop'),
    label: fc.string({ unit: fc.constantFrom('a', 'B', '7', '.'), minLength: 1, maxLength: 20 }),
  },
  { noNullPrototype: true },
)

test.each([
  ['split', split],
  ['format', format],
  ['pairs', pairs],
  ['csv', csv],
  ['json', json],
])('%s: decode(encode(x)) is what survives of x, in each unit', (_, profile: SerialProfile) => {
  const { decode } = compileSerial(profile, { params: {} })
  fc.assert(
    fc.property(values, fc.constantFrom('C', 'F', 'mK'), (given, unit) => {
      const bytes = encodeSerialMessage(profile, 'all', given, { units: { level: unit } })
      const frames = createFramer(profile.framing).push(bytes)
      expect(frames).toHaveLength(profile === csv ? 2 : 1)
      const [decoded] = frames.map(frame => (frame.kind === 'frame' ? decode(frame.bytes) : frame)).slice(-1)
      const wanted: Record<string, Value | undefined> = {}
      for (const [name, value] of Object.entries(given)) {
        const point = profile.points.get(name)
        if (point) wanted[name] = quantise(point, value, name === 'level' ? { unit } : {})
      }
      expect(decoded).toStrictEqual({ ok: true, message: 'all', values: wanted })
      expect(wanted).toMatchObject({ count: given.count, on: given.on, state: given.state, label: given.label })
      expect(Math.abs(Number(wanted['level']) - given.level)).toBeLessThanOrEqual(0.0051)
      expect(Math.abs(Number(wanted['share']) - given.share)).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(given.share)),
      )
    }),
    { numRuns: 200 },
  )
})

test('what survives survives again unchanged', () => {
  const level = split.points.get('level')
  if (level === undefined) throw new Error('no point')
  fc.assert(
    fc.property(plain, value => {
      const once = quantise(level, value, { unit: 'C' })
      expect(once === undefined ? undefined : quantise(level, once, { unit: 'C' })).toBe(once)
    }),
    { numRuns: 200 },
  )
})

test('no bytes make the decoder throw or give a value that is not finite', () => {
  for (const profile of [split, format, pairs, csv, json]) {
    const { decode } = compileSerial(profile, { params: {} })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
        const decoded = decode(bytes)
        const found = decoded?.ok ? Object.values(decoded.values) : []
        expect(found.every(value => typeof value !== 'number' || Number.isFinite(value))).toBe(true)
      }),
      { numRuns: 200 },
    )
  }
})
