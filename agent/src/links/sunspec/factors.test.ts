import { plainPoint } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { farFactors, steadyOnly } from './factors.ts'
import { testModbusProfile } from '../modbus/testing.ts'

const base = testModbusProfile({})
const scaled = (name: string, address: number, at: number) => ({
  ...plainPoint(name),
  address,
  scaleFrom: { table: 'holding', address: at, type: 'int16', half: 'low', decimals: false } as const,
})
const points = [scaled('near', 124, 0), scaled('far', 125, 0), scaled('farther', 200, 0), scaled('behind', 9, 300)]
const factors = farFactors({ ...base, points: new Map(points.map(point => [point.name, point])) })
const name = 'scale factor at 0'
const own = factors.filter(({ point }) => point.name === name)

test('a factor is far where one request can not bring it and the value', () => {
  expect(factors.map(({ point, points: of }) => [point.name, point.address, of])).toEqual([
    [name, 0, ['far', 'farther']],
    ['scale factor at 300', 300, ['behind']],
  ])
})

test.each([
  ['the same', 7, { far: 1, near: 2 }, undefined],
  ['another', 6, { near: 2 }, { far: 'bad:malformed' }],
  ['not there', undefined, { near: 2 }, { far: 'bad:communication' }],
])('behind the values it is %s', (_, after, values, quality) => {
  const behind = { values: after === undefined ? {} : { [name]: after }, answered: true }
  const outcome = { values: { far: 1, near: 2, [name]: 7 }, answered: true }
  expect(steadyOnly(outcome, behind, own)).toEqual({ values, quality, answered: true })
})

test('a factor that was not read before the values vouches for none; what is bad already keeps its reason', () => {
  const outcome = {
    values: { far: 1 },
    quality: { farther: 'bad:refused', [name]: 'bad:refused' } as const,
    answered: true,
  }
  expect(steadyOnly(outcome, { values: { [name]: 7 }, answered: true }, own)).toMatchObject({
    values: {},
    quality: { far: 'bad:malformed', farther: 'bad:refused' },
  })
})
