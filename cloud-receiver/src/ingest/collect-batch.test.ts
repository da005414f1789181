import { expect, test } from 'vitest'
import { createRequestReader, encodeEnvelope, encodeMember, stringifyJson } from '@lineside/contract'
import { sampleOf, uuid } from '../log/testing.ts'
import { createBatchCollectors } from './collect-batch.ts'

const gateway = 'gw'
const member = (seq: number, lines: readonly string[]) =>
  encodeMember({ gateway, stream: uuid(1), seq, boot: uuid(2) }, lines)

test.each([
  ['in characters of several bytes', 'µ–😀'],
  ['in plain ones', 'plain'],
])('each batch keeps its own lines to the byte, whatever stands between them: %s', (_, word) => {
  const line = (seq: number) => stringifyJson(sampleOf('press', seq, { text: word.repeat(seq * 40) }))
  const rejected = member(2, [line(2), '{"k":"sample"}', line(3)])
  const good = [1, 3, 4].map(seq => member(seq, [line(seq), '{"k":"later"}', line(seq + 1)]))
  const text = [
    encodeEnvelope({ gateway, batches: 5, streams: [] }),
    good[0],
    rejected,
    good[1],
    member(9, []),
    good[2],
  ]
  const bytes = Buffer.from(text.join(''))
  // All at once, where lines may stay in their place, and in pieces that end anywhere.
  for (const piece of [bytes.length, 701]) {
    const known = piece === bytes.length ? { expectedBytes: 1, whole: bytes } : { expectedBytes: 1 }
    const reader = createRequestReader(createBatchCollectors(known))
    for (let at = 0; at < bytes.length; at += piece) {
      expect(reader.push(bytes.subarray(at, at + piece))).toBeUndefined()
    }
    const request = reader.end()
    if (!request.ok) throw new Error(request.message)
    expect(request.rejected.map(({ seq }) => seq)).toEqual([2])
    expect(request.batches.map(({ seq, kinds, readings }) => [seq, kinds.length, readings])).toEqual([
      [1, 3, 2],
      [3, 3, 2],
      [9, 0, 0],
      [4, 3, 2],
    ])
    expect(request.batches.map(({ text: own }) => Buffer.from(own).toString())).toEqual(
      [1, 3, 9, 4].map(seq => (seq === 9 ? '' : [line(seq), '{"k":"later"}', line(seq + 1)].join('\n'))),
    )
  }
})
