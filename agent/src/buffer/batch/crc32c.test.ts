import { expect, test } from 'vitest'
import { batchChecksum, crc32c } from './crc32c.ts'

test('gives the check value of RFC 3720 for 32 zero bytes, 32 ones and 0 to 31', () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
})

test('goes on from an earlier result', () => {
  const text = new TextEncoder().encode('123456789')
  expect(crc32c(text.subarray(4), crc32c(text.subarray(0, 4)))).toBe(0xe3069283)
})

test('a batch has another checksum under another name', () => {
  const bytes = new Uint8Array([1, 2, 3])
  expect(new Set([batchChecksum('a', 1, bytes), batchChecksum('a', 2, bytes), batchChecksum('b', 1, bytes)]).size).toBe(
    3,
  )
})
