import { shortestFloat32 } from '@lineside/contract'
import * as fc from 'fast-check'
import * as tahu from 'sparkplug-payload'
import { expect, test } from 'vitest'
import { type ScalarType, integers, scalarTypes } from './datatypes.ts'
import { decodePayload, encodePayload, type MetricValue, metricValue, type NewMetric } from './payload.ts'

const found = tahu.get('spBv1.0')
if (!found) throw new Error('sparkplug-payload knows no spBv1.0')
const peer = found

const valueOf = (type: ScalarType): fc.Arbitrary<NewMetric['value']> => {
  const integer = integers[type]
  if (integer) {
    const { bits, signed } = integer
    const span = 2n ** BigInt(bits - (signed ? 1 : 0))
    return fc.bigInt({ min: signed ? -span : 0n, max: span - 1n })
  }
  if (type === 'Float') return fc.float({ noDefaultInfinity: true, noNaN: true })
  if (type === 'Double') return fc.double({ noDefaultInfinity: true, noNaN: true })
  if (type === 'Boolean') return fc.boolean()
  return fc.string({ unit: 'binary', maxLength: 20 }).filter(text => text.isWellFormed())
}

const metric: fc.Arbitrary<NewMetric> = fc.constantFrom(...scalarTypes).chain(type =>
  fc.record(
    {
      name: fc.string({ minLength: 1, maxLength: 20 }),
      alias: fc.bigInt({ min: 0n, max: 2n ** 63n }),
      timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      historical: fc.boolean(),
      type: fc.constant(type),
      value: fc.oneof({ weight: 9, arbitrary: valueOf(type) }, fc.constant(null)),
    },
    { requiredKeys: ['type', 'value'] },
  ),
)
const payload = fc.record({
  timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  seq: fc.integer({ min: 0, max: 255 }),
  metrics: fc.array(metric, { maxLength: 5 }),
})

function decoded(bytes: Uint8Array) {
  const result = decodePayload(bytes)
  if (!result.ok) throw new Error(result.text)
  return result.payload
}

/** Integers are read as numbers where those hold them. */
const shown = (value: MetricValue): unknown => (typeof value === 'object' ? value : String(value))

test('whatever is written is read, every type of it', () => {
  fc.assert(
    fc.property(payload, written => {
      const read = decoded(encodePayload(written))
      expect([read.timestamp, read.seq]).toEqual([written.timestamp, written.seq])
      expect(read.metrics.map(one => shown(metricValue(one, one.datatype)))).toEqual(
        written.metrics.map(({ type, value }) =>
          shown(type === 'Float' && typeof value === 'number' ? shortestFloat32(value) : value),
        ),
      )
      expect(
        read.metrics.map(({ name, alias, timestamp, historical }) => ({ name, alias, timestamp, historical })),
      ).toEqual(
        written.metrics.map(({ name, alias, timestamp, historical = false }) => ({
          name,
          alias,
          timestamp,
          historical,
        })),
      )
    }),
    { numRuns: 300 },
  )
})

test('another implementation reads what is written here, and is read', () => {
  fc.assert(
    fc.property(payload, written => {
      const named = { ...written, metrics: written.metrics.map((one, i) => ({ ...one, name: `m${i}` })) }
      const theirs = peer.decodePayload(encodePayload(named))
      expect(Number(theirs.seq)).toBe(written.seq)
      expect((theirs.metrics ?? []).map(({ name, type }) => ({ name, type }))).toEqual(
        named.metrics.map(({ name, type }) => ({ name, type })),
      )
      const back = decoded(peer.encodePayload({ ...theirs, timestamp: written.timestamp, seq: written.seq }))
      const ours = decoded(encodePayload(named))
      const values = (from: typeof ours) => from.metrics.map(one => metricValue(one, one.datatype))
      const comparable = values(ours).map((value, i) => ({ value, type: named.metrics[i]?.type }))
      const again = values(back)
      for (const [i, { value, type }] of comparable.entries()) {
        // Theirs writes 64-bit integers beyond 2^53 through a double.
        if (typeof value === 'bigint') continue
        expect([type, again[i]]).toEqual([type, value])
      }
    }),
    { numRuns: 200 },
  )
})

test('no bytes make it throw, and what it reads is bounded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const result = decodePayload(bytes)
      expect(result.ok || result.reason === 'malformed').toBe(true)
    }),
    { numRuns: 500 },
  )
  expect(decodePayload(new Uint8Array(300_000))).toMatchObject({
    ok: false,
    text: expect.stringMatching(/more than 262144/),
  })
})

test.each([
  [1, 0xffff_ffffn, -1],
  [1, 0xffn, -1],
  [1, 200n, -56],
  [2, 0xffff_8000n, -32_768],
  [3, 0xffff_ffff_ffff_ffffn, -1],
  [4, 0xffff_ffff_ffff_ffffn, -1],
  [5, 255n, 255],
  [8, 0xffff_ffff_ffff_ffffn, 18_446_744_073_709_551_615n],
  [8, 5n, 5],
])('datatype %i of %i is %s', (datatype, value, expected) => {
  const field = { number: datatype % 4 === 0 ? 11 : 10, value, fixed: 0 } as const
  expect(metricValue({ historical: false, isNull: false, field }, datatype)).toBe(expected)
})

test.each([
  [5, 256n, '256 is no UInt8'],
  [1, 0x1_00n, '256 is no Int8'],
  [16, new Uint8Array(2), 'DataSet has no single value'],
  [19, new Uint8Array(2), 'Template has no single value'],
  [24, new Uint8Array(2), 'an array has no single value'],
  [9, 5n, 'its value is no Float'],
])('datatype %i of %s is not read: %s', (datatype, value, unreadable) => {
  const field = { number: 10, value, fixed: 0 } as const
  expect(metricValue({ historical: false, isNull: false, field }, datatype)).toEqual({ unreadable })
})
