import { expect, test } from 'vitest'
import { createRequestReader, encodeEnvelope, encodeMember, stringifyJson } from '@lineside/contract'
import { sampleOf, uuid } from '../log/testing.ts'
import { createBatchCollectors } from './collect-batch.ts'

const gateway = 'gw'
const member = (seq: number, lines: readonly string[]) =>
  encodeMember({ gateway, stream: uuid(1), seq, boot: uuid(2) }, lines)
const line = (seq: number) => stringifyJson(sampleOf('press', seq, { text: 'µ–😀'.repeat(seq * 40) }))

test('each batch keeps its own lines to the byte, whatever stands between them and however large they get', () => {
  const reader = createRequestReader(createBatchCollectors(1))
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
  expect(reader.push(Buffer.from(text.join('')))).toBeUndefined()
  const request = reader.end()
  if (!request.ok) throw new Error(request.message)
  expect(request.rejected.map(({ seq }) => seq)).toEqual([2])
  expect(request.batches.map(({ seq, kinds, readings }) => [seq, kinds.length, readings])).toEqual([
    [1, 3, 2],
    [3, 3, 2],
    [9, 0, 0],
    [4, 3, 2],
  ])
  expect(request.batches.map(({ text: bytes }) => Buffer.from(bytes).toString())).toEqual(
    [1, 3, 9, 4].map(seq => (seq === 9 ? '' : [line(seq), '{"k":"later"}', line(seq + 1)].join('\n'))),
  )
})
