import { expect, test } from 'vitest'
import { describeBarrier, describeRead } from './describe-read.ts'

test('a read is told by its table and protocol addresses', () => {
  expect(describeRead({ functionCode: 3, address: 40, count: 1 })).toBe('holding register 40')
  expect(describeRead({ functionCode: 4, address: 12, count: 2 })).toBe('input registers 12 to 13')
  expect(describeRead({ functionCode: 2, address: 0, count: 16 })).toBe('discrete inputs 0 to 15')
})

test('what no read may reach over is a hole, or the place between two registers', () => {
  expect(describeBarrier({ table: 'holding', startsBefore: 3, endsBehind: 9 })).toBe(
    'no read reaches over holding registers 3 to 8',
  )
  expect(describeBarrier({ table: 'coil', startsBefore: 60, endsBehind: 60 })).toBe(
    'no read reaches over the beginning of coil 60',
  )
})
