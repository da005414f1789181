import { encodeHeader } from '@lineside/contract'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { maxBatchText } from '../batch/new-batch.ts'
import { newRow } from './rows.ts'

const origin = { gateway: 'g', stream: '00000000-0000-4000-8000-000000000001', seq: 1, boot: 'b' }
const facts = { key: 1, t: 1, clock: 0, entries: 1, readings: 0, counts: new Uint8Array() }

test('a member holds its header line and its text, of whatever size, and stays as it was when the next is made', () => {
  const texts = [3, maxBatchText, maxBatchText + 2000, 50_000].map((size, i) => Buffer.alloc(size, 'abcd'.charAt(i)))
  const rows = texts.map(text => newRow(origin, { ...facts, text }))
  const header = Buffer.from(encodeHeader({ ...origin, count: 1 }))
  expect(rows.map(({ member }) => gunzipSync(member))).toEqual(texts.map(text => Buffer.concat([header, text])))
  expect(rows.map(row => row.text_bytes)).toEqual(texts.map(text => header.length + text.length))
})
