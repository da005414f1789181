import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPacketMeter } from './packet-meter.ts'

function packet(length: number): Uint8Array {
  const head = [0x30]
  for (let rest = length; ; rest >>= 7) {
    if (rest < 128) {
      head.push(rest)
      break
    }
    head.push((rest & 0x7f) | 0x80)
  }
  return Uint8Array.of(...head, ...new Uint8Array(length).fill(0xff))
}

test('packets up to the limit pass, however the bytes are split', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (lengths, step) => {
      const bytes = Buffer.concat(lengths.map(packet))
      const meter = createPacketMeter(300)
      for (let at = 0; at < bytes.length; at += step) expect(meter.push(bytes.subarray(at, at + step))).toBe(true)
    }),
    { numRuns: 100 },
  )
})

test('a packet over the limit is refused when it announces itself, and nothing is trusted after it', () => {
  const meter = createPacketMeter(300)
  expect(meter.push(packet(10))).toBe(true)
  expect(meter.push(packet(301).subarray(0, 3))).toBe(false)
  expect(meter.push(packet(10))).toBe(false)
})

test('a length of more than four bytes is refused', () => {
  expect(createPacketMeter(300).push(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01))).toBe(false)
})
