import { expect, test } from 'vitest'
import type { ModbusVector } from './profile.ts'
import { runModbusTests } from './run-tests.ts'
import { testPoint, testProfile } from './testing.ts'

const power = testPoint({ name: 'power', type: 'int16', scale: [0.1], range: [-100, 100], notAvailable: [0x8000] })

function vector(
  word: number,
  expected: ModbusVector['expect'] extends ReadonlyMap<string, infer V> ? V : never,
): ModbusVector {
  return {
    cells: [{ table: 'holding', address: 0, words: [word] }],
    expect: new Map([['power', expected]]),
    params: {},
  }
}

test('vectors that fit, of values and of bad readings, give no failures', () => {
  const tests = [vector(234, 23.4), vector(0x8000, null), vector(1001, { bad: 'out_of_range' })]
  expect(runModbusTests({ ...testProfile([power]), tests })).toStrictEqual([])
})

test('a vector that does not fit is told with both values', () => {
  const tests = [vector(234, 23.4), vector(235, 23.4), vector(235, null)]
  expect(runModbusTests({ ...testProfile([power]), tests })).toStrictEqual([
    { where: 'tests 1: power', message: 'expected 23.4, got 23.5' },
    { where: 'tests 2: power', message: 'expected bad:not_available, got 23.5' },
  ])
})

test('a register that a vector does not give is not 0: it is told which one is missing', () => {
  const cells = [{ table: 'input', address: 0, words: [0] }] as const
  const tests = [{ ...vector(0, 0), cells }]
  expect(runModbusTests({ ...testProfile([power]), tests })).toStrictEqual([
    { where: 'tests 0: power', message: 'the test does not give holding register 0 (0x0)' },
  ])
  const scaled = {
    ...power,
    scaleFrom: { table: 'holding', address: 26, type: 'int16', half: 'low', decimals: false },
  } as const
  expect(runModbusTests({ ...testProfile([scaled]), tests: [vector(234, 23.4)] })).toStrictEqual([
    { where: 'tests 0: power', message: 'the test does not give holding register 26 (0x1A)' },
  ])
})

test('a range that the raw type can not hold fails its round trip', () => {
  const wide = { ...power, range: [40_000, 50_000] as const }
  expect(runModbusTests(testProfile([wide])).map(({ where }) => where)).toStrictEqual([
    'round trip: power',
    'round trip: power',
  ])
})
