import { expect, test } from 'vitest'
import { loadYaml } from '../../values/testing.ts'
import { sunspecProfile, sunspecYaml } from './testing.ts'

function problemsOf(points: string, head = sunspecYaml.slice(0, sunspecYaml.indexOf('points:'))): string[] {
  return loadYaml('modbus', `${head}points:\n  ${points}\n`).problems.map(({ path, message }) => `${path}: ${message}`)
}

test.each([
  ['p: { sunspec: { model: 999, at: 2, type: int16 } }', 'points.p.sunspec: model 999 is not declared'],
  ['p: { sunspec: { model: 103, at: 1, type: int16 } }', 'model 103 has registers 2 to 51'],
  ['p: { sunspec: { model: 103, at: 51, type: int32 } }', 'model 103 has registers 2 to 51'],
  ['p: { sunspec: { model: 103, type: int16 } }', 'where it lies in model 103 is not told'],
  ['p: { sunspec: { model: 103, in_block: 0, type: int16 } }', 'model 103 has no blocks'],
  ['p: { sunspec: { model: 160, in_block: 19, type: acc32 } }', 'the blocks of model 160 have registers 0 to 19'],
  [
    'p: { sunspec: { model: 160, in_block: 9, type: int16, scale_from: 12 } }',
    'model 160 has no register 12 in front of its blocks',
  ],
  ['p: { sunspec: { model: 103, at: 2, type: string } }', 'registers is missing'],
  ['p: { sunspec: { model: 103, at: 2, type: int16, registers: 2 } }', 'registers has no meaning for int16'],
  ['p: { sunspec: { model: 103, at: 2, type: enum16, scale_from: 3 } }', 'enum16 has no scale_from'],
  ['p: { holding: 7, sunspec: { model: 103, at: 2, type: int16 } }', 'it lies in a SunSpec model already'],
  ['p: { type: int16, sunspec: { model: 103, at: 2, type: int16 } }', 'write type inside sunspec'],
  ['p: { not_available: 0, sunspec: { model: 103, at: 2, type: int16 } }', 'SunSpec itself says that'],
  [
    'p: { sunspec: [{ model: 160, in_block: 9, type: int16 }, { model: 103, at: 2, type: int16 }] }',
    'it lies in blocks in one place and not in another',
  ],
])('%s is refused', (point, message) => {
  expect(problemsOf(point).join('\n')).toContain(message)
})

test('a point in a model of a profile without models is refused', () => {
  expect(problemsOf('p: { sunspec: { model: 103, at: 2, type: int16 } }', '').join('\n')).toContain(
    'the profile names no models',
  )
})

test('the param that tells models apart must be declared', () => {
  const { problems } = loadYaml('modbus', sunspecYaml.replace('  usual:', '  which_from: nth\n  usual:'))
  expect(problems.map(({ message }) => message)).toEqual(['param nth is not declared'])
})

test('what a device usually has must be declared', () => {
  const text = sunspecYaml.replace('usual: { models: [1, 103, 160]', 'usual: { models: [1, 104]')
  expect(loadYaml('modbus', text).problems.map(({ message }) => message)).toEqual(['model 104 is not declared'])
})

const vector = (name: string) => `${sunspecYaml}\ntests: [{ holding: {}, expect: { ${name}: 1 } }]`

test('tests name points in blocks by their numbers', () => {
  expect(sunspecProfile(vector('dc_power_4')).tests).toHaveLength(1)
  expect(() => sunspecProfile(vector('dc_power'))).toThrow('there is no point dc_power')
  expect(() => sunspecProfile(vector('dc_power_5'))).toThrow('there is no point dc_power_5')
})
