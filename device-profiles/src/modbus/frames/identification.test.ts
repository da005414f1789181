import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeIdentification,
  encodeIdentificationRequest,
  encodeIdentificationResponse,
  identificationBytes,
  type IdentificationPdu,
} from './identification.ts'
import { decodeResponse, encodeException } from './pdu.ts'
import { encodeRtu } from './rtu.ts'
import { findRtuReply } from './rtu-reply.ts'

const query: IdentificationPdu = { functionCode: 43, level: 1, object: 0 }
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const text = fc
  .string({ unit: fc.constantFrom(...Array.from('ABZaz09 -./')), maxLength: 20 })
  .map(written => written.trim())
const objects = fc
  .uniqueArray(fc.tuple(fc.nat(255), text), { selector: ([id]) => id, maxLength: 8 })
  .map(pairs => new Map(pairs))

// The example of the Modbus application protocol specification V1.1b3, section 6.21.
const example = hex('2B 0E 01 01 00 00 03 00 16 43 6F 6D 70 61 6E 79 20 69 64 65 6E 74 69 66 69 63 61 74 69 6F 6E 01')
const specified = Uint8Array.from([...example, 0x0d, ...Buffer.from('Product code '), 2, 5, ...Buffer.from('V2.11')])

test('request and answer are those of the specification', () => {
  expect(encodeIdentificationRequest(query)).toStrictEqual(hex('2B 0E 01 00'))
  expect(decodeIdentification(specified)).toStrictEqual({
    conformity: 1,
    next: undefined,
    objects: new Map([
      [0, 'Company identification'],
      [1, 'Product code'],
      [2, 'V2.11'],
    ]),
  })
})

test('what a device tells comes out as it went in, however much of it', () => {
  fc.assert(
    fc.property(objects, told => {
      const pdu = encodeIdentificationResponse(1, told)
      expect(identificationBytes(pdu, 0)).toBe(pdu.length)
      expect(decodeIdentification(pdu)?.objects).toStrictEqual(told)
      expect(decodeResponse(query, pdu)).toStrictEqual({ kind: 'data', data: pdu })
      for (let cut = 2; cut < pdu.length; cut++) {
        expect(decodeIdentification(pdu.subarray(0, cut))).toBeUndefined()
        expect(decodeResponse(query, pdu.subarray(0, cut)).kind).toBe('foreign')
      }
    }),
    { numRuns: 50 },
  )
})

test('an answer that goes on says with which object', () => {
  const pdu = encodeIdentificationResponse(2, new Map([[3, 'x']]))
  pdu.set([0xff, 4], 4)
  expect(decodeIdentification(pdu)).toMatchObject({ conformity: 2, next: 4 })
})

test('nothing that a terminal would obey comes through', () => {
  const pdu = encodeIdentificationResponse(1, new Map([[0, 'A\u001b[2JB\u0000']]))
  expect(decodeIdentification(pdu)?.objects.get(0)).toBe('A [2JB')
})

test('an exception is told, and what answers another function is foreign', () => {
  expect(decodeResponse(query, encodeException(43, 1))).toStrictEqual({ kind: 'exception', code: 1 })
  expect(decodeResponse(query, hex('03 02 0001')).kind).toBe('foreign')
  expect(decodeResponse(query, hex('2B 0D 01 01 00 00 00')).kind).toBe('foreign')
})

test('on a line the answer is found by its own length, behind any noise and before any other bytes', () => {
  const noise = fc.uint8Array({ maxLength: 30 }).filter(bytes => !bytes.includes(7))
  fc.assert(
    fc.property(objects, noise, noise, (told, before, after) => {
      const pdu = encodeIdentificationResponse(1, told)
      const frame = encodeRtu(7, pdu)
      const bytes = Uint8Array.from([...before, ...frame, ...after])
      const end = before.length + frame.length
      expect(findRtuReply(bytes, 7, query)).toStrictEqual({ kind: 'data', data: pdu, end })
      for (let cut = 0; cut < end; cut++) expect(findRtuReply(bytes.subarray(0, cut), 7, query).kind).toBe('none')
      expect(findRtuReply(bytes, 8, query).kind).toBe('none')
    }),
    { numRuns: 50 },
  )
  expect(findRtuReply(encodeRtu(7, encodeException(43, 1)), 7, query)).toStrictEqual({
    kind: 'exception',
    code: 1,
    end: 5,
  })
})

test('arbitrary bytes never break the decoder', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 260 }), bytes => {
      const found = findRtuReply(Uint8Array.from([7, 43, 14, ...bytes]), 7, query)
      expect(['none', 'data', 'exception']).toContain(found.kind)
      decodeIdentification(bytes)
    }),
  )
})
