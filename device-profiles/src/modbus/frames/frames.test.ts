import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc16 } from './crc16.ts'
import { exceptionText, isUnitDead } from './exceptions.ts'
import { encodeMbap, endsWithAnotherAnswer, type MbapFrame, MbapReader } from './mbap.ts'
import { decodeRequest, decodeResponse, encodeException, encodeRequest, encodeResponse, type ReadPdu } from './pdu.ts'
import { decodeRtu, encodeRtu } from './rtu.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const bytes = (least: number, most: number) => fc.uint8Array({ minLength: least, maxLength: most })
const read: fc.Arbitrary<ReadPdu> = fc
  .record(
    {
      functionCode: fc.constantFrom(1, 2, 3, 4),
      address: fc.nat(0xffff),
      count: fc.integer({ min: 1, max: 125 }),
    },
    { noNullPrototype: true },
  )
  .filter(({ address, count }) => address + count <= 0x1_0000)

const refused = (text: string) => decodeRequest(hex(text))

// Examples of the Modbus application protocol specification V1.1b3, sections 6.1 to 6.4.
const examples: readonly [ReadPdu, request: string, response: string][] = [
  [{ functionCode: 1, address: 0x13, count: 0x13 }, '01 0013 0013', '01 03 CD6B05'],
  [{ functionCode: 2, address: 0xc4, count: 0x16 }, '02 00C4 0016', '02 03 ACDB35'],
  [{ functionCode: 3, address: 0x6b, count: 3 }, '03 006B 0003', '03 06 022B 0000 0064'],
  [{ functionCode: 4, address: 8, count: 1 }, '04 0008 0001', '04 02 000A'],
]

test('requests and answers are those of the specification', () => {
  for (const [pdu, request, response] of examples) {
    expect(encodeRequest(pdu)).toStrictEqual(hex(request))
    expect(decodeRequest(hex(request))).toStrictEqual({ kind: 'read', read: pdu })
    expect(decodeResponse(pdu, hex(response))).toStrictEqual({ kind: 'data', data: hex(response).subarray(2) })
    expect(encodeResponse(pdu.functionCode, hex(response).subarray(2))).toStrictEqual(hex(response))
  }
})

test('an exception is told by its name', () => {
  const pdu: ReadPdu = { functionCode: 1, address: 0x04a1, count: 1 }
  expect(decodeResponse(pdu, hex('81 02'))).toStrictEqual({ kind: 'exception', code: 2 })
  expect(encodeException(1, 2)).toStrictEqual(hex('81 02'))
  expect(exceptionText(2)).toBe('illegal data address (exception 2)')
  expect(exceptionText(0x77)).toBe('unknown (exception 119)')
  expect([2, 4, 0x0a, 0x0b].map(isUnitDead)).toStrictEqual([false, false, true, true])
})

test('what is no answer to the request is foreign', () => {
  const pdu: ReadPdu = { functionCode: 3, address: 0, count: 2 }
  const kinds = ['', '03', '04 04 00000000', '03 02 0000', '03 04 000000', '03 04 0000000000', '84 02', '83 02 00']
  for (const text of kinds) expect(decodeResponse(pdu, hex(text)).kind).toBe('foreign')
})

test('a server refuses what it does not serve with the right exception', () => {
  expect(refused('06 0000 0001')).toStrictEqual({ kind: 'refused', functionCode: 6, exception: 1 })
  expect(refused('')).toStrictEqual({ kind: 'refused', functionCode: 0, exception: 1 })
  expect(refused('03 0000 0000')).toStrictEqual({ kind: 'refused', functionCode: 3, exception: 3 })
  expect(refused('03 0000 007E')).toStrictEqual({ kind: 'refused', functionCode: 3, exception: 3 })
  expect(refused('01 0000 07D1')).toStrictEqual({ kind: 'refused', functionCode: 1, exception: 3 })
  expect(refused('03 FFFF 0002')).toStrictEqual({ kind: 'refused', functionCode: 3, exception: 2 })
  expect(refused('03 0000')).toStrictEqual({ kind: 'refused', functionCode: 3, exception: 3 })
})

test('a request comes out of its bytes as it went in', () => {
  fc.assert(
    fc.property(read, pdu => {
      expect(decodeRequest(encodeRequest(pdu))).toStrictEqual({ kind: 'read', read: pdu })
    }),
  )
})

test('arbitrary bytes never break a decoder', () => {
  fc.assert(
    fc.property(bytes(0, 300), read, (garbage, pdu) => {
      expect(['data', 'exception', 'foreign']).toContain(decodeResponse(pdu, garbage).kind)
      expect(['read', 'refused']).toContain(decodeRequest(garbage).kind)
      expect([true, false]).toContain(decodeRtu(garbage).ok)
      expect([true, false]).toContain(new MbapReader().push(garbage).ok)
    }),
  )
})

test('RTU frames carry the checksum of known devices', () => {
  expect(encodeRtu(1, hex('04 04 43663334'))).toStrictEqual(hex('01 04 04 43 66 33 34 1B 38'))
  expect(encodeRtu(1, hex('03 2102 0002'))).toStrictEqual(hex('01 03 2102 0002 6FF7'))
  expect(encodeRtu(1, hex('03 0000 0001'))).toStrictEqual(hex('01 03 0000 0001 840A'))
  expect(crc16(new TextEncoder().encode('123456789'))).toBe(0x4b37)
})

test('an RTU frame with any one bit changed is refused', () => {
  fc.assert(
    fc.property(fc.nat(255), bytes(1, 253), fc.nat(), (unitId, pdu, at) => {
      const frame = encodeRtu(unitId, pdu)
      expect(decodeRtu(frame)).toStrictEqual({ ok: true, unitId, pdu })
      const bit = at % (frame.length * 8)
      frame[bit >> 3] = (frame[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(decodeRtu(frame).ok).toBe(false)
    }),
  )
})

test('a stream of Modbus TCP frames comes out whole however it is split', () => {
  const frame = fc.record(
    { transaction: fc.nat(0xffff), unitId: fc.nat(255), pdu: bytes(1, 253) },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (frames, cuts) => {
        const stream = Buffer.concat(frames.map(each => encodeMbap(each.transaction, each.unitId, each.pdu)))
        const reader = new MbapReader()
        const got: MbapFrame[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 1)
          const chunk = Uint8Array.from(stream.subarray(at, end))
          const result = reader.push(chunk)
          expect(result.ok).toBe(true)
          got.push(...result.frames.map(each => ({ ...each, pdu: each.pdu.slice() })))
          at = end
        }
        expect(got).toStrictEqual(frames)
        expect(reader.pending).toBe(0)
      },
    ),
  )
})

test('a Modbus TCP stream that is none ends with the reason, and stays ended', () => {
  const reader = new MbapReader()
  const good = encodeMbap(7, 1, hex('03 02 0001'))
  const result = reader.push(Buffer.concat([good, Buffer.from('HTTP/1.1 400 Bad')]))
  expect(result).toMatchObject({
    ok: false,
    frames: [{ transaction: 7, unitId: 1 }],
    text: 'protocol id 21584, expected 0',
  })
  expect(reader.push(good)).toMatchObject({ ok: false, frames: [] })
  expect(new MbapReader().push(hex('0001 0000 00FF 01'))).toMatchObject({
    ok: false,
    text: 'frame length 255, expected 2 to 254',
  })
  expect(new MbapReader().push(hex('0001 0000 0001 01'))).toMatchObject({ ok: false })
})

const dataOf = (count: number) => fc.uint8Array({ minLength: count, maxLength: count })

test('a frame that was cut short and filled up by the next one is seen through, and no random answer looks like that', () => {
  fc.assert(
    fc.property(dataOf(120), dataOf(8), fc.nat(0xffff), (data, next, transaction) => {
      const whole = encodeResponse(3, data)
      expect(endsWithAnotherAnswer(whole)).toBe(false)
      for (const pdu of [encodeResponse(4, next), encodeException(3, 2)]) {
        const behind = encodeMbap(transaction, 7, pdu)
        const filled = Uint8Array.from([...whole.subarray(0, whole.length - behind.length), ...behind])
        expect(endsWithAnotherAnswer(filled)).toBe(true)
      }
    }),
  )
  expect(endsWithAnotherAnswer(encodeResponse(3, new Uint8Array(250)))).toBe(false)
})

test('a reader knows which transaction has begun', () => {
  const reader = new MbapReader()
  const frame = encodeMbap(0x1234, 1, hex('03 02 0001'))
  reader.push(frame.subarray(0, 6))
  expect([reader.pending, reader.begun]).toStrictEqual([6, undefined])
  reader.push(frame.subarray(6, 8))
  expect(reader.begun).toBe(0x1234)
  reader.push(frame.subarray(8))
  expect(reader.begun).toBeUndefined()
})
