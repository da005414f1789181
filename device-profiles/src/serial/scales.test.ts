// oxlint-disable-next-line no-restricted-imports -- a test may read the library
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { libraryFolder } from '../library.ts'
import { loadProfiles } from '../loader.ts'
import { bytesOf } from './bytes.ts'
import { compileSerial } from './compile.ts'
import { decodeWhole, isLoss } from './decode-whole.ts'

const names = [
  'mettler-toledo/mt-sics',
  'sartorius/sbi',
  'and/balance',
  'and/balance-polled',
  'excell/indicator',
] as const
type Scale = (typeof names)[number]

const { profiles } = loadProfiles(
  names.map(name => ({ file: `${name}.yaml`, text: readFileSync(new URL(`${name}.yaml`, libraryFolder), 'utf8') })),
)

/** Weight as the profile gives it: kg and quality, `refused` or `malformed` for a whole line; undefined: of no interest. */
function weightIn(scale: Scale, line: string): string | undefined {
  const profile = profiles.get(scale)
  if (profile?.protocol !== 'serial') throw new Error(`${scale} does not load`)
  const all = decodeWhole(profile.framing, compileSerial(profile, { params: {} }), bytesOf(`${line}\r\n`))
  const last = all.at(-1)
  if (last === undefined) return undefined
  if (isLoss(last)) return last.reason
  if (!last.ok) return last.reason
  const value = last.values['weight']
  return [value === undefined ? undefined : `${String(value)} kg`, last.quality?.['weight']].filter(Boolean).join(' ')
}

const said: Readonly<Record<Scale, readonly (readonly [line: string, weight: string | undefined])[]>> = {
  'mettler-toledo/mt-sics': [
    ['S S     100.00 g', '0.1 kg'],
    ['S S    -100.00 g', '-0.1 kg'],
    ['S D     100.00 g', '0.1 kg uncertain:unstable'],
    ['S S     100.00 kg', '100 kg'],
    ['S S     100.00 lb', '45.359237 kg'],
    ['S S     100.00 PCS', 'bad:malformed'],
    ['S S     100.00 %', 'bad:malformed'],
    ['S S     100.00', 'malformed'],
    ['S S        nan g', 'bad:not_available'],
    ['S S     ------ g', 'bad:malformed'],
    ['S S     10O.00 g', 'bad:malformed'],
    ['S S     100,00 g', 'bad:malformed'],
    ['S +', 'bad:sensor_failure'],
    ['S -', 'bad:sensor_failure'],
    ['S I', 'bad:not_available'],
    ['S X     100.00 g', 'bad:malformed'],
    ['S', 'malformed'],
    ['ES', 'refused'],
    ['ET', 'refused'],
    ['EL', 'refused'],
    ['I4 A "B021002593"', undefined],
    // The first line after switching on, without its beginning.
    ['100.00 g', 'malformed'],
    [' S     100.00 g', 'malformed'],
    ['\u0000\u00ffS S     100.00 g', 'malformed'],
    ['S S     1\u00000.00 g', 'bad:malformed'],
    ['S S     100.00 gS S     101.00 g', 'bad:malformed'],
  ],
  'sartorius/sbi': [
    ['+   123.45 g  ', '0.12345 kg'],
    ['-   123.45 g  ', '-0.12345 kg'],
    ['+   123.45 kg ', '123.45 kg'],
    ['+   123.45 lb ', '55.995978 kg'.replace('55.995978', String(Number((123.45 * 0.45359237).toPrecision(15))))],
    // Without its unit it is not stable, and in what unit it is nobody says.
    ['+   123.45    ', 'bad:not_available'],
    ['+   123.45 pcs', 'bad:malformed'],
    ['+   123.45 %  ', 'bad:malformed'],
    ['+ ------.- g  ', 'bad:malformed'],
    ['+      nan g  ', 'bad:malformed'],
    ['+[  123.45 g  ', 'bad:malformed'],
    ['N     +   123.45 g  ', '0.12345 kg'],
    ['G#    +   123.45    ', 'bad:not_available'],
    ['Stat       H  ', 'refused'],
    ['Stat         OFF', 'refused'],
    ['ERR 101', 'refused'],
    ['   123.45 g  ', 'malformed'],
    ['23.45 g  ', 'malformed'],
    ['+   123.45 g', 'malformed'],
    ['\u0000+   123.45 g  ', 'malformed'],
  ],
  'and/balance': [
    ['ST,+00123.45  g', '0.12345 kg'],
    ['ST,-00123.45  g', '-0.12345 kg'],
    ['US,+00123.45  g', '0.12345 kg uncertain:unstable'],
    ['ST,+00123.45 kg', '123.45 kg'],
    ['ST,+00100.00 lb', '45.359237 kg'],
    ['QT,+00000012 PC', 'bad:malformed'],
    ['ST,+00000012 PC', 'bad:malformed'],
    ['OL,+9999999E+19', 'bad:sensor_failure'],
    ['OL,-9999999E+19', 'bad:sensor_failure'],
    ['ST,+9999999E+19', 'bad:malformed'],
    ['ST,--------- kg', 'bad:malformed'],
    ['ST,      nan kg', 'bad:not_available'],
    ['ST,          kg', 'bad:not_available'],
    ['T,+00123.45  g', 'malformed'],
    ['0123.45  g', 'malformed'],
    ['ST,+00123.45', '123.45 kg uncertain:unit_mismatch'],
    ['\u00ffST,+00123.45  g', 'malformed'],
  ],
  'and/balance-polled': [
    ['ST,+00123.45  g', '0.12345 kg'],
    ['US,+00123.45  g', '0.12345 kg uncertain:unstable'],
    ['OL,+9999999E+19', 'bad:sensor_failure'],
    ['EC,E02', 'refused'],
  ],
  'excell/indicator': [
    ['ST,GS,+ 12.345 kg', '12.345 kg'],
    ['US,NT,-  0.070 kg', '-0.07 kg uncertain:unstable'],
    ['ST,GS,+ 12.345 lb', `${Number((12.345 * 0.45359237).toPrecision(15))} kg`],
    ['OL,GS,         kg', 'bad:sensor_failure'],
    ['OL,GS,99999999 kg', 'bad:sensor_failure'],
    ['ST,GS,         kg', 'bad:not_available'],
    ['ST,TR,+  1.250 kg', 'bad:not_available'],
    ['ST,PT,+  1.250 kg', 'bad:not_available'],
    ['ST,XX,+ 12.345 kg', 'bad:malformed'],
    ['ST,GS,+ ------ kg', 'bad:malformed'],
    ['T,GS,+ 12.345 kg', 'malformed'],
    ['GS,+ 12.345 kg', 'malformed'],
  ],
}

for (const scale of names) {
  test.each(said[scale])(`${scale}: "%s" is %s`, (line, weight) => {
    expect(weightIn(scale, line)).toBe(weight)
  })
}

test.each([
  ['mettler-toledo/mt-sics', 'S S     123.45 g', '0.12345 kg'],
  ['sartorius/sbi', '+   123.45 g  ', '0.12345 kg'],
  ['and/balance', 'ST,+00123.45  g', '0.12345 kg'],
  ['excell/indicator', 'ST,GS,+ 12.345 kg', '12.345 kg'],
] as const)('%s: a line without its beginning never gives a good weight', (scale, line, weight) => {
  expect(weightIn(scale, line)).toBe(weight)
  for (let from = 1; from < line.length; from++) expect(weightIn(scale, line.slice(from))).not.toMatch(/kg$/)
})

test.each([
  ['mettler-toledo/mt-sics', 'S S     123.45 g'],
  ['sartorius/sbi', '+   123.45 g  '],
  ['and/balance', 'ST,+00123.45  g'],
  ['excell/indicator', 'ST,GS,+ 12.345 kg'],
] as const)('%s: a character that parity turned into NUL never leaves a good weight', (scale, line) => {
  for (let at = 0; at < line.length; at++) {
    const damaged = `${line.slice(0, at)}\u0000${line.slice(at + 1)}`
    expect(weightIn(scale, damaged)).not.toMatch(/kg$/)
  }
})
