// oxlint-disable-next-line no-restricted-imports -- a test may read its samples
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { stringifyJson } from '../json.ts'
import { encodeMember } from './v1/batch.ts'
import { encodeEnvelope } from './v1/envelope.ts'
import { encodeReceipt, parseReceipt } from './v1/receipt.ts'
import { decodeRequest } from './v1/request.ts'

const alarms = '0193f6a2-7c1e-7b3a-9d57-3f1c2b4a5d6e'
const data = '0193f6a2-7c1f-7e11-8a02-51c0ffee0001'
const boot = '5b0c1f0e-2f4a-4c58-9a39-0d9a3a2f6c11'

function golden(name: string): Buffer {
  return readFileSync(new URL(`golden/v1/${name}`, import.meta.url))
}

test('the request of version 1 is decoded with every kind of entry', () => {
  const decoded = decodeRequest(golden('request.ndjson'))
  if (!decoded.ok) throw new Error(decoded.message)
  expect(decoded.envelope).toEqual({
    gateway: 'plant1-gw3',
    batches: 3,
    streams: [
      { stream: alarms, low: 1 },
      { stream: data, low: 1200, sealed: 1235 },
    ],
  })
  expect(decoded.rejected).toEqual([])
  expect(
    decoded.batches.map(({ stream, seq, boot: from, entries }) => [stream, seq, from, entries.map(e => e.k)]),
  ).toEqual([
    [alarms, 1, boot, ['alarm']],
    [data, 1234, boot, ['device', 'sample', 'state']],
    [data, 1235, boot, ['gap', 'summary', 'from_a_later_version', 'sample']],
  ])
  expect(decoded.batches[1]?.entries[1]).toEqual({
    k: 'sample',
    device: 'press_3',
    t: 1_763_700_000_123,
    values: { temperature: 71.2, voltage: 230.2, running: true, state: 'run', energy: 18_446_744_073_709_551_615n },
    quality: { voltage: 'uncertain:unstable', vib: 'bad:sensor_failure' },
  })
  expect(decoded.batches[2]?.entries[3]).toMatchObject({ values: { weight: 1e21, text: 'Grüße, 10 µm – ok' } })
})

test('the posted form of the request unpacks to its text', () => {
  expect(gunzipSync(golden('request.ndjson.gz'))).toEqual(golden('request.ndjson'))
})

test('what was decoded is encoded to the same bytes', () => {
  const text = golden('request.ndjson').toString()
  const decoded = decodeRequest(text)
  if (!decoded.ok) throw new Error(decoded.message)
  const members = decoded.batches.map(batch => encodeMember(batch, batch.entries.map(stringifyJson)))
  expect(encodeEnvelope(decoded.envelope) + members.join('')).toBe(text)
})

test('the receipt of version 1 is read and written', () => {
  const text = golden('receipt.json').toString()
  const parsed = parseReceipt(text)
  if (!parsed.ok) throw new Error(parsed.message)
  expect(parsed.receipt.streams[1]).toEqual({
    stream: data,
    acked: [
      [1, 1236],
      [1300, 1310],
    ],
    rejected: [{ seq: 1299, code: 'schema', message: 'entry 3: sample: t is not a time in ms' }],
  })
  expect(encodeReceipt(parsed.receipt)).toBe(text)
})

test('a request that says which stream follows which is read and written, and so is the receipt that names one beside it', () => {
  const next = '0193f6a2-7c1f-7e11-8a02-51c0ffee0002'
  const text = golden('request-follows.ndjson').toString()
  const decoded = decodeRequest(text)
  if (!decoded.ok) throw new Error(decoded.message)
  expect(decoded.envelope.streams).toEqual([
    { stream: data, low: 1236, sealed: 1235 },
    { stream: next, low: 1, follows: data },
  ])
  expect(encodeEnvelope(decoded.envelope)).toBe(text.slice(0, text.indexOf('\n') + 1))
  const receipt = golden('receipt-beside.json').toString()
  const parsed = parseReceipt(receipt)
  if (!parsed.ok) throw new Error(parsed.message)
  expect(parsed.receipt.streams[1]).toMatchObject({ stream: next, beside: '0193f6a2-7c1f-7e11-8a02-51c0ffee0003' })
  expect(encodeReceipt(parsed.receipt)).toBe(receipt)
})
