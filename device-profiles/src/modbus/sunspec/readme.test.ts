// oxlint-disable-next-line no-restricted-imports -- a test may read the page and the library
import { readFileSync } from 'node:fs'
import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { libraryFolder } from '../../library.ts'
import { loadProfiles } from '../../loader.ts'
import { sunspecProfile } from './testing.ts'

test('the example of README.md is a profile', () => {
  const page = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('### SunSpec'), page.indexOf('## Serial lines'))
  const [, text = ''] = /```yaml\n(.*?)```/s.exec(section) ?? []
  const { points } = sunspecProfile(text)
  expect([...points.keys()].slice(0, 4)).toEqual(['serial_number', 'power', 'dc_power_1', 'dc_power_2'])
})

test('an own profile adds a model to that of the library', () => {
  const file = 'sunspec.yaml'
  const own = `profile: own/inverter
extends: sunspec
vendor: Own
model: inverter
sunspec: { models: { 64111: { length: 24 } } }
points: { battery_voltage: { sunspec: { model: 64111, at: 8, type: uint16, scale_from: 4 } } }
`
  const files = [
    { file, text: readFileSync(new URL(file, libraryFolder), 'utf8') },
    { file: 'own.yaml', text: own },
  ]
  const { profiles, problems } = loadProfiles(files)
  expect(problems.map(formatProblem)).toEqual([])
  const profile = profiles.get('own/inverter')
  if (profile?.protocol !== 'modbus') throw new Error('no profile')
  expect(profile.points.get('battery_voltage')?.sunspec?.map(({ models }) => models)).toEqual([[64_111]])
  expect(profile.sunspec?.chain.models.some(({ id }) => id === 64_111)).toBe(true)
  expect(profile.points.get('ac_power')?.address).toBe(40_002 + 68 + 14)
})
