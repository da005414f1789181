import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { intervalSetOf } from '../../interval-set.ts'
import { encodeReceipt, parseReceipt } from './receipt.ts'

const stream = '0193f6a2-7c1f-7e11-8a02-51c0ffee0001'

function receipt(fields: object): string {
  return JSON.stringify({ streams: [{ stream, acked: [[1, 2]], ...fields }] })
}

const good = receipt({ rejected: [{ seq: 3, code: 'schema', message: 'why' }] })

test('an interval set travels unchanged', () => {
  const interval = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.nat(50)).map(([from, more]) => [from, from + more])
  fc.assert(
    fc.property(fc.array(interval), intervals => {
      const acked = intervalSetOf(intervals) ?? []
      expect(parseReceipt(encodeReceipt({ streams: [{ stream, acked }] }))).toEqual({
        ok: true,
        receipt: { streams: [{ stream, acked }] },
      })
    }),
  )
})

test('another stream beside one travels with it, and is not in the receipt of a stream that has none', () => {
  const beside = '0193f6a2-7c1f-7e11-8a02-51c0ffee0002'
  const text = encodeReceipt({ streams: [{ stream, acked: [[1, 2]], beside }] })
  expect(text).toBe(receipt({ beside }))
  expect(parseReceipt(text)).toEqual({ ok: true, receipt: { streams: [{ stream, acked: [[1, 2]], beside }] } })
  expect(encodeReceipt({ streams: [{ stream, acked: [[1, 2]] }] })).toBe(receipt({}))
})

test('no part of a receipt is a receipt', () => {
  for (let length = 0; length < good.length; length++) expect(parseReceipt(good.slice(0, length)).ok).toBe(false)
  expect(parseReceipt(good).ok).toBe(true)
})

test('fields of a later version are passed over', () => {
  expect(parseReceipt(`{"later":1,${receipt({ later: 2 }).slice(1)}`)).toEqual({
    ok: true,
    receipt: { streams: [{ stream, acked: [[1, 2]] }] },
  })
})

test.each([
  ['a captive portal', '<!DOCTYPE html><html><body>Please log in</body></html>'],
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['another service', '{"status":"ok"}'],
  ['streams that are no list', '{"streams":{}}'],
  ['an item that is no object', '{"streams":[1]}'],
  ['a stream that is no UUID', receipt({ stream: 'x' })],
  ['no acked', receipt({ acked: undefined })],
  [
    'intervals that descend',
    receipt({
      acked: [
        [3, 4],
        [1, 1],
      ],
    }),
  ],
  ['an interval that is turned round', receipt({ acked: [[4, 3]] })],
  ['an interval below 1', receipt({ acked: [[0, 3]] })],
  ['rejected that is no list', receipt({ rejected: {} })],
  ['a code that is not in the list', receipt({ rejected: [{ seq: 3, code: 'undecodable', message: '' }] })],
  ['a rejection without a sentence', receipt({ rejected: [{ seq: 3, code: 'schema' }] })],
  ['a stream beside that is no UUID', receipt({ beside: 7 })],
  ['a seq both acknowledged and rejected', receipt({ rejected: [{ seq: 2, code: 'schema', message: '' }] })],
  ['a stream named twice', `{"streams":[{"stream":"${stream}","acked":[]},{"stream":"${stream}","acked":[]}]}`],
])('%s is no receipt', (_, body) => {
  expect(parseReceipt(body)).toMatchObject({ ok: false, code: 'malformed', message: expect.stringMatching(/\S/) })
})
