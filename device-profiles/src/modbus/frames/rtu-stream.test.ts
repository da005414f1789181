import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeException, encodeRequest, encodeResponse, type ReadPdu } from './pdu.ts'
import { encodeRtu } from './rtu.ts'
import { describeNoRtuReply, findRtuReply, rtuReplyBytes, rtuRequestBytes } from './rtu-reply.ts'
import { RtuRequestReader } from './rtu-requests.ts'

const read: ReadPdu = { functionCode: 3, address: 16, count: 2 }
const data = Uint8Array.of(0x43, 0x66, 0x33, 0x34)
const reply = encodeRtu(7, encodeResponse(3, data))
const noise = fc.uint8Array({ maxLength: 40 }).filter(bytes => !bytes.includes(7))

test('the answer is found behind any noise, before any trailing bytes, and not before it is whole', () => {
  fc.assert(
    fc.property(noise, fc.uint8Array({ maxLength: 20 }), (before, after) => {
      const bytes = Uint8Array.from([...before, ...reply, ...after])
      const end = before.length + reply.length
      expect(findRtuReply(bytes, 7, read)).toStrictEqual({ kind: 'data', data, end })
      for (let cut = 0; cut < end; cut++) {
        const search = findRtuReply(bytes.subarray(0, cut), 7, read)
        expect(search).toStrictEqual({ kind: 'none', keepFrom: Math.min(cut, before.length) })
      }
    }),
    { numRuns: 100 },
  )
})

test('what the search lets go is not needed: any split of the bytes finds the same answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (before, step) => {
      const bytes = Uint8Array.from([...before, ...reply])
      let held: readonly number[] = []
      for (let at = 0; at < bytes.length; at += step) {
        const now = Uint8Array.from([...held, ...bytes.subarray(at, at + step)])
        const search = findRtuReply(now, 7, read)
        if (search.kind !== 'none') {
          expect(search).toMatchObject({ kind: 'data', data })
          return
        }
        held = [...now.subarray(search.keepFrom)]
        expect(held.length).toBeLessThan(rtuReplyBytes(read))
      }
      expect.unreachable('no answer found')
    }),
    { numRuns: 200 },
  )
})

test.each<[name: string, frame: Uint8Array]>([
  ['another unit', encodeRtu(8, encodeResponse(3, data))],
  ['another function', encodeRtu(7, encodeResponse(4, data))],
  ['another length', encodeRtu(7, encodeResponse(3, data.subarray(0, 2)))],
  ['an exception of another function', encodeRtu(7, encodeException(4, 2))],
  ['a wrong checksum', Uint8Array.from([...reply.subarray(0, -1), 0])],
])('an answer with %s is none', (_name, frame) => {
  expect(findRtuReply(frame, 7, read).kind).toBe('none')
})

test('an exception is an answer', () => {
  expect(findRtuReply(encodeRtu(7, encodeException(3, 2)), 7, read)).toStrictEqual({
    kind: 'exception',
    code: 2,
    end: 5,
  })
})

test('a refusal with a code that nobody knows is one where it stands alone, not in a damaged answer', () => {
  const unknown = encodeRtu(7, encodeException(3, 75))
  expect(findRtuReply(unknown, 7, read)).toStrictEqual({ kind: 'exception', code: 75, end: 5 })
  expect(findRtuReply(Uint8Array.from([...unknown, 0x50, 0, 0, 0x15]), 7, read).kind).toBe('none')
  expect(findRtuReply(Uint8Array.from([...unknown, ...reply]), 7, read).kind).toBe('data')
})

const told = (bytes: Uint8Array) => describeNoRtuReply(bytes, 7, read)

test('bytes that were no answer are described where they came from the unit that was asked', () => {
  expect(told(reply.subarray(0, 6))).toBe('an answer that ended early')
  expect(told(Uint8Array.from([...reply.subarray(0, -1), 0]))).toBe('an answer with a wrong CRC')
  expect(told(encodeRtu(7, encodeResponse(3, data.subarray(2))))).toBe('2 data bytes, expected 4')
  expect(told(encodeRtu(8, encodeResponse(3, data)))).toBeUndefined()
})

test('requests come out of a line with answers and noise in it, however it is split', () => {
  const requests = [
    encodeRequest(read),
    Uint8Array.of(16, 0, 1, 0, 2, 4, 1, 2, 3, 4),
    Uint8Array.of(17),
    Uint8Array.of(43, 14, 1, 0),
  ]
  const stream = Uint8Array.from([
    0xff,
    0x00,
    ...requests.flatMap((pdu, i) => [...encodeRtu(10 + i, pdu), ...encodeRtu(99, encodeResponse(4, data))]),
    ...encodeRtu(5, encodeRequest(read)),
  ])
  expect(encodeRtu(5, encodeRequest(read))).toHaveLength(rtuRequestBytes)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), step => {
      const reader = new RtuRequestReader()
      const got: number[] = []
      for (let at = 0; at < stream.length; at += step) {
        got.push(...reader.push(stream.subarray(at, at + step)).map(request => request.unitId))
      }
      expect(got).toStrictEqual([10, 11, 12, 13, 5])
    }),
    { numRuns: 30 },
  )
})
