import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf } from './bytes.ts'
import { checkFrame, sealFrame, shorten } from './check-frame.ts'
import { checksumKinds } from './checksums.ts'
import { type Checksum, checksumNames } from './profile.ts'

const nmea: Checksum = { type: 'xor8', start: '$!', end: '*', inclusive: false, dropsZeros: false, optional: false }
const dsmr: Checksum = { type: 'crc16_arc', start: '/', end: '!', inclusive: true, dropsZeros: true, optional: true }

// The customary check value of each algorithm: its result over the digits 1 to 9.
const checkValues = { xor8: 0x31, sum8: 0xdd, crc16_arc: 0xbb3d, crc16_modbus: 0x4b37 }

test.each(checksumNames)('%s has its customary check value', name => {
  expect(checksumKinds[name].compute(bytesOf('x123456789x'), 1, 10)).toBe(checkValues[name])
})

test('a sentence with the right checksum gives what stands between the marks, whatever the case of the digits', () => {
  expect(checkFrame(bytesOf('$WIMTA,010.0,C*2A'), nmea)).toStrictEqual({ ok: true, text: 'WIMTA,010.0,C' })
  expect(checkFrame(bytesOf('$WIMTA,010.0,C*2a\r'), nmea)).toStrictEqual({ ok: true, text: 'WIMTA,010.0,C' })
})

test.each([
  '$WIMTA,010.0,C*2B',
  '$WIMTA,010.0,C*2',
  '$WIMTA,010.0,C*',
  '$WIMTA,010.0,C',
  '$WIMTA,010.0,C*2A1',
  '$A*2x',
])('the frame %s has no right checksum', text => {
  expect(checkFrame(bytesOf(text), nmea)).toMatchObject({ ok: false, reason: 'checksum' })
})

test.each(['', 'WIMTA,010.0,C*2A', '10.0,C*2A'])('"%s" does not begin as a frame does', text => {
  expect(checkFrame(bytesOf(text), nmea)).toMatchObject({ ok: false, reason: 'malformed' })
})

test('leading zeros may be dropped and the checksum left out where the profile says so', () => {
  expect(checkFrame(bytesOf('/x207!0A7F'), dsmr)).toStrictEqual({ ok: true, text: 'x207' })
  expect(checkFrame(bytesOf('/x207!A7F\r\n'), dsmr)).toStrictEqual({ ok: true, text: 'x207' })
  expect(checkFrame(bytesOf('/x207!A7F'), { ...dsmr, dropsZeros: false })).toMatchObject({ reason: 'checksum' })
  expect(checkFrame(bytesOf('/x207!'), dsmr)).toStrictEqual({ ok: true, text: 'x207' })
  expect(checkFrame(bytesOf('/x207!'), { ...dsmr, optional: false })).toMatchObject({ reason: 'checksum' })
})

test('whatever is sealed passes, and no single damaged byte does', () => {
  const content = fc.string({ unit: fc.constantFrom('A', 'B', ',', '.', '0', '7', ' '), minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(
      content,
      fc.constantFrom(nmea, { ...dsmr, dropsZeros: false, optional: false }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (text, checksum, at, flip) => {
        const bytes = bytesOf(sealFrame(text, checksum))
        expect(checkFrame(bytes, checksum)).toStrictEqual({ ok: true, text })
        const index = at % bytes.length
        const damaged = bytes.slice()
        damaged[index] = (damaged[index] ?? 0) ^ flip
        const checked = checkFrame(damaged, checksum)
        expect(checked.ok && checked.text !== text).toBe(false)
      },
    ),
    { numRuns: 300 },
  )
})

test('a frame in a message is short and has no control characters', () => {
  expect(shorten('a\r\n\u0000b')).toBe('a\\x0d\\x0a\\x00b')
  expect(shorten('x'.repeat(500))).toHaveLength(81)
})
