import { expect, test } from 'vitest'
import { unusualSettings } from './serial-port-errors.ts'
import { testSerialProfile } from '../serial/testing.ts'

test('a port that is set up in another way than its device usually is says so', () => {
  const port = { path: '/dev/ttyUSB0', baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const
  const profile = { ...testSerialProfile(false), profile: 'dsmr/p1', serial: { baud: 115_200 } }
  expect(unusualSettings(port, profile)).toBe(
    '; dsmr/p1 is delivered with 115200 baud, 8 data bits, no parity, 1 stop bit, the port has 9600 baud, 8 data bits, no parity, 1 stop bit',
  )
  expect(unusualSettings({ ...port, baud: 115_200 }, profile)).toBe('')
  expect(unusualSettings(port, { ...profile, serial: {} })).toBe('')
})
