import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '../../limits.ts'
import { encodeMember } from './batch.ts'
import { encodeEnvelope } from './envelope.ts'
import { refusalCodes, rejectionCodes } from './refusal.ts'
import { collectWhole, createRequestReader, decodeRequest } from './request.ts'

const stream = '0193f6a2-7c1f-7e11-8a02-51c0ffee0001'
const boot = '5b0c1f0e-2f4a-4c58-9a39-0d9a3a2f6c11'
const gateway = 'gw'
const good = '{"k":"sample","device":"d","t":1,"values":{"x":1}}'

function envelope(batches: number): string {
  return encodeEnvelope({ gateway, batches, streams: [{ stream, low: 1 }] })
}

function batch(seq: number, lines: readonly string[] = [good], of = gateway): string {
  return encodeMember({ gateway: of, stream, seq, boot }, lines)
}

const whole = envelope(2) + batch(1) + batch(2, [good, '{"k":"later","text":"µ–😀"}'])

test('any split of the bytes gives the same request', () => {
  const bytes = new TextEncoder().encode(whole)
  const expected = decodeRequest(bytes)
  expect(expected.ok).toBe(true)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 20 }), cuts => {
      const reader = createRequestReader(collectWhole)
      const points = [0, ...cuts.toSorted((x, y) => x - y), bytes.length]
      for (const [i, to] of points.entries())
        expect(reader.push(bytes.subarray(points[i - 1] ?? 0, to))).toBeUndefined()
      expect(reader.end()).toEqual(expected)
    }),
  )
})

test('every prefix of a request is refused', () => {
  const bytes = new TextEncoder().encode(whole)
  for (let length = 0; length < bytes.length; length++) {
    expect(decodeRequest(bytes.subarray(0, length))).toMatchObject({ ok: false, code: 'undecodable' })
  }
})

test('any damage gives a request, rejections or a refusal with a sentence, and never throws', () => {
  const bytes = new TextEncoder().encode(whole)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
        maxLength: 4,
      }),
      damage => {
        const damaged = bytes.slice()
        for (const [at, byte] of damage) damaged[at] = byte
        const decoded = decodeRequest(damaged)
        if (!decoded.ok) {
          expect(refusalCodes).toContain(decoded.code)
          expect(decoded.message).toMatch(/^\S.*[^.]$/s)
          return
        }
        expect(decoded.batches.length + decoded.rejected.length).toBe(decoded.envelope.batches)
        for (const { code, message } of decoded.rejected) {
          expect(rejectionCodes).toContain(code)
          expect(message).not.toBe('')
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('arbitrary bytes are refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map(text => new TextEncoder().encode(`${text}\n`)),
      ),
      bytes => {
        expect(decodeRequest(bytes)).toMatchObject({ ok: false })
      },
    ),
  )
})

test.each([
  ['one batch is missing', envelope(2) + batch(1), 'request ends after 1 of 2 batches'],
  ['one batch is too many', envelope(1) + batch(1) + batch(2), 'more than the 1 announced batches'],
  [
    'a batch is short',
    envelope(1) + batch(1, [good, good]).split('\n').slice(0, 2).join('\n') + '\n',
    'ends after 1 of 2 entries',
  ],
  ['the header is no JSON', `${envelope(1)}<html>\n`, 'header line is not a JSON object: "<html>"'],
  ['a seq is no number', envelope(1) + batch(1).replace('"seq":1', '"seq":"1"'), 'seq is not an integer of 1 or more'],
  [
    'a blank line stands between batches',
    `${envelope(2)}${batch(1)}\n${batch(2)}`,
    'header line is not a JSON object: ""',
  ],
  ['the envelope names a stream twice', envelope(0).replace(/(\{"stream.*?\})/, '$1,$1'), 'twice'],
  ['the envelope is missing', batch(1), 'batches is not an integer'],
])('is undecodable where %s', (_, text, message) => {
  const decoded = decodeRequest(text)
  expect(decoded).toMatchObject({ ok: false, code: 'undecodable' })
  expect(decoded).toHaveProperty('message', expect.stringContaining(message))
})

test('another version is refused as such, in the envelope and in a header', () => {
  expect(decodeRequest(envelope(0).replace('"v":1', '"v":2'))).toMatchObject({ code: 'unsupported_version' })
  expect(decodeRequest(envelope(1) + batch(1).replace('"v":1', '"v":2'))).toMatchObject({ code: 'unsupported_version' })
})

test('a batch of another gateway than the envelope refuses the request', () => {
  expect(decodeRequest(envelope(1) + batch(1, [good], 'other'))).toMatchObject({ code: 'gateway_mismatch' })
})

test('a batch with an entry that is not well-formed is rejected alone', () => {
  const text = envelope(4) + batch(1) + batch(2, [good, '{"k":']) + batch(3, ['{"k":"sample"}', 'x', good]) + batch(4)
  const decoded = decodeRequest(text)
  if (!decoded.ok) throw new Error(decoded.message)
  expect(decoded.batches.map(({ seq }) => seq)).toEqual([1, 4])
  expect(decoded.rejected).toEqual([
    { stream, seq: 2, code: 'malformed', message: 'entry 1 is not JSON: "{\\"k\\":"' },
    { stream, seq: 3, code: 'schema', message: 'entry 0: sample: device is not a name' },
  ])
})

test('a batch above the size of a member is rejected alone', () => {
  const long = JSON.stringify({ k: 'later', text: 'x'.repeat(limits.memberTextBytes) })
  const decoded = decodeRequest(envelope(2) + batch(1, [long]) + batch(2))
  expect(decoded).toMatchObject({ ok: true, batches: [{ seq: 2 }], rejected: [{ seq: 1, code: 'too_large' }] })
})

test('a batch without entries is one', () => {
  expect(decodeRequest(envelope(1) + batch(1, []))).toMatchObject({ ok: true, batches: [{ seq: 1, entries: [] }] })
})

test('a request that grows beyond the limit is refused when it does, and stays so', () => {
  const reader = createRequestReader(collectWhole)
  expect(reader.push(new TextEncoder().encode(envelope(1)))).toBeUndefined()
  const zeros = new Uint8Array(1024 * 1024).fill(0x20)
  let refusal = reader.push(zeros)
  for (let i = 0; i < 16 && !refusal; i++) refusal = reader.push(zeros)
  expect(refusal).toMatchObject({ code: 'too_large' })
  expect(reader.end()).toBe(refusal)
})

test('bytes that are no UTF-8 are undecodable', () => {
  expect(decodeRequest(Uint8Array.of(0x7b, 0xff, 0x7d))).toMatchObject({ code: 'undecodable' })
  expect(decodeRequest(Uint8Array.of(0x7b, 0xc3))).toMatchObject({ code: 'undecodable' })
})
