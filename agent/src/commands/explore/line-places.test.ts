import { expect, test } from 'vitest'
import { placesOf } from './line-places.ts'

const io = { out: () => {}, err: () => {}, env: {}, cwd: '/' }

test('each baud rate is tried with each parity, and one that no port has is refused with those that are', () => {
  const places = placesOf({ rtu: '/dev/ttyX', baud: '9600, 19200', parity: 'none,even' }, io)
  const settings = places.map(({ config }) => (config.kind === 'modbus_rtu' ? config.port : undefined))
  expect(settings.map(port => [port?.baud, port?.parity])).toEqual([
    [9600, 'none'],
    [9600, 'even'],
    [19_200, 'none'],
    [19_200, 'even'],
  ])
  expect(() => placesOf({ rtu: '/dev/ttyX', baud: '12345' }, io)).toThrow(
    /^--baud 12345: write one or more of 300,600,.*,921600$/,
  )
})
