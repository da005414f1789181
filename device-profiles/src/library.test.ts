// oxlint-disable-next-line no-restricted-imports -- a test may read the library
import { readdirSync, readFileSync } from 'node:fs'
import { unitSign } from '@lineside/contract'
import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { freeKeys } from './key-order.ts'
import { libraryFolder } from './library.ts'
import { lintProfiles } from './lint.ts'
import { loadProfiles, type ProfileFile } from './loader.ts'
import { protocols, runProfileTests } from './protocols.ts'

const files: ProfileFile[] = readdirSync(libraryFolder, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.yaml'))
  .toSorted()
  .map(file => ({ file: file.replaceAll('\\', '/'), text: readFileSync(new URL(file, libraryFolder), 'utf8') }))
const { profiles } = loadProfiles(files)
const remarks = lintProfiles(files)

test('the library is not empty, and every file is a profile', () => {
  expect(files.length).toBeGreaterThan(2)
  expect([...profiles.keys()].toSorted()).toStrictEqual(files.map(({ file }) => file.replace(/\.yaml$/, '')).toSorted())
})

test.each([...protocols])('every key of a %s profile and its points has its place', (_name, { schema, keyOrder }) => {
  const places = { profile: new Set(keyOrder.profile), point: new Set(keyOrder.point) }
  expect(placeless(schema, places.profile)).toStrictEqual([])
  const points = schema instanceof z.ZodObject ? schema.shape['points'] : undefined
  expect(placeless(points instanceof z.ZodRecord ? points.valueType : undefined, places.point)).toStrictEqual([])
})

/** Keys of a schema that no order names. */
function placeless(schema: unknown, places: ReadonlySet<string>): readonly string[] {
  if (!(schema instanceof z.ZodObject)) throw new Error('this is no map with keys of its own')
  return Object.keys(schema.shape).filter(key => !places.has(key) && !freeKeys.has(key))
}

/** What no industrial device measures more of; a range beyond it finds nothing. Voltages: up to medium voltage. */
const most: Readonly<Record<string, number>> = {
  V: 52_000,
  A: 30_000,
  Hz: 10_000,
  W: 2e8,
  kW: 2e5,
  var: 2e8,
  kvar: 2e5,
  'V.A': 2e8,
  'kV.A': 2e5,
}

test('plausible ranges are no wider than what can be', () => {
  const wide = [...profiles.values()].flatMap(({ profile, points }) =>
    [...points.values()].flatMap(({ name, unit = '', range = [0, 0] }) => {
      const limit = most[unit] ?? Number.POSITIVE_INFINITY
      return Math.max(...range.map(Math.abs)) > limit ? [`${profile} ${name}: ${range.join(' to ')} ${unit}`] : []
    }),
  )
  expect(wide).toStrictEqual([])
})

test('no unit is shown with what only UCUM has', () => {
  const units = [...profiles.values()].flatMap(({ points }) => [...points.values()].map(({ unit = '1' }) => unit))
  expect([...new Set(units)].filter(unit => /[[\].*_]|Cel|Ohm|\d/.test(unitSign(unit)))).toStrictEqual([])
})

for (const { file } of files) {
  test(`${file} has nothing that a reviewer would ask for`, () => {
    expect(remarks.filter(remark => remark.file === file).map(formatProblem)).toStrictEqual([])
  })

  test(`${file} rests on more than a rumour`, () => {
    expect(profiles.get(file.replace(/\.yaml$/, ''))?.sources[0]?.confidence).toMatch(/^(high|medium)$/)
  })

  test(`${file} decodes its vectors and whatever it encodes`, () => {
    const profile = profiles.get(file.replace(/\.yaml$/, ''))
    if (!profile) throw new Error(`${file} is no profile`)
    expect(profile.tests.length).toBeGreaterThan(0)
    expect(runProfileTests(profile)).toStrictEqual([])
  })
}
