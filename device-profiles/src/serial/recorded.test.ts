// oxlint-disable-next-line no-restricted-imports -- a test may read what others recorded
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { libraryFolder } from '../library.ts'
import { loadProfiles } from '../loader.ts'
import { bytesOf, textOf } from './bytes.ts'
import { compileSerial } from './compile.ts'
import type { SerialDecoded } from './decoded.ts'
import { createFramer } from './create-framer.ts'
import type { Refused } from '../decoded.ts'
import type { SerialProfile } from './profile.ts'

const folder = new URL('../../../../shared/data/protocol/', import.meta.url)
const missing = !existsSync(folder)
const left = missing ? ' [left out, needs recorded telegrams in ../shared/data/protocol]' : ''

function recorded(file: string): Uint8Array {
  return readFileSync(new URL(file, folder))
}

function profileOf(name: string): SerialProfile {
  const file = `${name}.yaml`
  const { profiles } = loadProfiles([{ file, text: readFileSync(new URL(file, libraryFolder), 'utf8') }])
  const profile = profiles.get(name)
  if (profile?.protocol !== 'serial') throw new Error(`${name} does not load`)
  return profile
}

type Outcome = SerialDecoded | Refused | undefined

/** What a fresh connection makes of these bytes. */
function outcomes(profile: SerialProfile, bytes: Uint8Array): readonly Outcome[] {
  const compiled = compileSerial(profile, { params: {} })
  const frames = createFramer(profile.framing).push(bytes)
  return frames.flatMap(frame => (frame.kind === 'frame' ? [compiled.decode(frame.bytes)] : []))
}

function utc(text: string): number {
  return Date.parse(`${text}Z`)
}

const telegrams = {
  'telegram_v5.txt': {
    profile: 'dsmr/p1',
    t: utc('2017-01-02T18:20:02'),
    values: {
      energy_import_t1: 4.426,
      energy_import_t2: 2.399,
      energy_export_t1: 2.444,
      energy_export_t2: 0,
      tariff: 2,
      power_import: 0.244,
      power_export: 0,
      power_failures: 13,
      long_power_failures: 0,
      voltage_l1: 230,
      voltage_l2: 230,
      voltage_l3: 229,
      current_l1: 0.48,
      current_l2: 0.44,
      current_l3: 0.86,
      power_import_l1: 0.07,
      power_import_l2: 0.032,
      power_import_l3: 0.142,
      power_export_l1: 0,
      power_export_l2: 0,
      power_export_l3: 0,
    },
    stamped: [{ t: utc('2017-01-02T15:10:05'), values: { gas: 0.107 } }],
  },
  'telegram_v4_2.txt': {
    profile: 'dsmr/p1',
    t: utc('2016-11-13T19:57:57'),
    values: {
      energy_import_t1: 1581.123,
      energy_import_t2: 1435.706,
      energy_export_t1: 0,
      energy_export_t2: 0,
      tariff: 2,
      power_import: 2.027,
      power_export: 0,
      power_failures: 15,
      long_power_failures: 7,
      current_l1: 0,
      current_l2: 6,
      current_l3: 2,
      power_import_l1: 0.17,
      power_import_l2: 1.247,
      power_import_l3: 0.209,
      power_export_l1: 0,
      power_export_l2: 0,
      power_export_l3: 0,
    },
    // The gas meter says 29 November in a telegram of the 13th.
    quality: { gas: 'bad:out_of_range' },
  },
  'telegram_v2_2.txt': {
    profile: 'dsmr/p1-v2',
    values: {
      energy_import_t1: 1.001,
      energy_import_t2: 1.001,
      energy_export_t1: 1.001,
      energy_export_t2: 1.001,
      tariff: 1,
      power_import: 1.01,
      power_export: 0,
    },
    stamped: [{ t: utc('2016-11-07T18:00:00'), values: { gas: 1.001 } }],
  },
} as const

for (const [file, { profile: name, ...said }] of Object.entries(telegrams)) {
  test.skipIf(missing)(
    `a recorded telegram says what is written in it, from its start and in any pieces: ${file}${left}`,
    () => {
      const bytes = recorded(file)
      const profile = profileOf(name)
      const wanted = { ok: true, message: 'telegram', ...said }
      expect(outcomes(profile, bytes)).toStrictEqual([wanted])
      // The second half of one telegram comes first, as it does when the connection is made.
      const framer = createFramer(profile.framing)
      const compiled = compileSerial(profile, { params: {} })
      const stream = Buffer.concat([bytes.subarray(bytes.length >> 1), bytes])
      const pieces = [...stream].flatMap(byte => framer.push(Uint8Array.of(byte)))
      expect(pieces.map(frame => (frame.kind === 'frame' ? compiled.decode(frame.bytes) : frame))).toStrictEqual([
        wanted,
      ])
    },
  )
}

for (const file of ['telegram_v4_2.txt', 'telegram_v5.txt']) {
  test.skipIf(missing)(`no bit of a recorded telegram can change without its being refused: ${file}${left}`, () => {
    const bytes = recorded(file)
    const profile = profileOf('dsmr/p1')
    const whole = JSON.stringify(outcomes(profile, bytes))
    const passed: string[] = []
    for (let at = 0; at < bytes.length * 8; at++) {
      const damaged = Uint8Array.from(bytes)
      damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7))
      const sound = outcomes(profile, damaged).filter(outcome => outcome?.ok === true)
      if (sound.length > 0 && JSON.stringify(sound) !== whole) passed.push(`bit ${at}: ${JSON.stringify(sound)}`)
    }
    expect(passed).toStrictEqual([])
  })
}

test.skipIf(missing)(`a telegram without a checksum is refused where the meter writes one${left}`, () => {
  const [outcome] = outcomes(profileOf('dsmr/p1'), recorded('telegram_v2_2.txt'))
  expect(outcome).toMatchObject({ ok: false, reason: 'checksum', text: '"" is not 4 hexadecimal digits' })
})

const sentences = missing
  ? []
  : textOf(recorded('nmea.txt'))
      .split('\n')
      .filter(line => line !== '')

const nowhere = { latitude: 'bad:not_available', longitude: 'bad:not_available' }
const noMotion = { speed: 'bad:not_available', course: 'bad:not_available' }
const noPosition = { values: {}, quality: { ...nowhere, ...noMotion } }
const munich = { latitude: 48.1173, longitude: 11.516666667 }

/** Sentences of the same form with the same outcome, as a beginning and an end. */
const read: readonly (readonly [begins: string, ends: RegExp, says: object])[] = [
  ['$GPGGA,184353.07', /6D$/, { values: { height: 100, satellites: 4, dilution: 2.6 } }],
  [
    '$GPGGA,',
    /(5F|5A)$/,
    { values: { satellites: 0 }, quality: { height: 'bad:not_available', dilution: 'bad:not_available' } },
  ],
  [
    '$GPRMC,225446,A',
    /68$/,
    { values: { latitude: 49.274166667, longitude: -123.185333333, speed: 0.257222222222222, course: 54.7 } },
  ],
  // Sound, and with the mode of a receiver that has none.
  ['$GPRMC,123519.00,A', /,,,(,V)?\*(1F|65)$/, { values: munich, quality: noMotion }],
  // Simulated, or without a fix, whatever their status says.
  ['$GPRMC,123519.00,A', /,[SN](,[AV]?)?\*..$/, noPosition],
  ['$GPRMC,123519.00,V', /\*..$/, noPosition],
  ['$GPRMC,123519.00,,', /\*..$/, noPosition],
  ['$GPRMC,1810', /\*(79|77)$/, noPosition],
  ['$GPGLL,4916.45', /1D$/, { values: { latitude: 49.274166667, longitude: -123.185333333 } }],
  ['$GPGLL,', /,V\*(3E|39)$/, { values: {}, quality: nowhere }],
  ['$IIMWV,271.0,R', /3B$/, { values: { wind_angle: 271, wind_speed: 0.102888888888889 } }],
  ['$WIMTA,010.0,C', /2A$/, { values: { temperature: 10 } }],
  // The station writes millibars and calls them bars.
  ['$WIMMB,,,1004.6,B', /03$/, { values: {}, quality: { pressure: 'bad:out_of_range' } }],
]

test.skipIf(missing)(`every recorded sentence is read as it is meant, or is of no interest${left}`, () => {
  const readers = ['nmea/gps', 'nmea/weather-station'].map(name => compileSerial(profileOf(name), { params: {} }))
  const kinds = new Set<string>()
  for (const sentence of sentences) {
    const found = readers.map(({ decode }) => decode(sentence)).filter(outcome => outcome !== undefined)
    const said = read.find(([begins, ends]) => sentence.startsWith(begins) && ends.test(sentence))?.[2]
    expect(found, sentence).toMatchObject(said === undefined ? [] : [{ ok: true, ...said }])
    if (said === undefined) kinds.add(sentence.slice(1, sentence.indexOf(',')))
  }
  expect(sentences.length).toBe(64)
  expect([...kinds].filter(kind => !kind.startsWith('P')).toSorted()).toStrictEqual([
    'AIALR',
    'GNGRS',
    'GNTXT',
    'GPGSV',
    'GPR00',
    'GPRTE',
    'STALK',
  ])
})

test.skipIf(missing)(
  `no bit of a recorded sentence can change without its being refused, or meaning the same${left}`,
  () => {
    const readers = ['nmea/gps', 'nmea/weather-station'].map(name => compileSerial(profileOf(name), { params: {} }))
    const passed: string[] = []
    for (const sentence of sentences) {
      const whole = readers.map(({ decode }) => JSON.stringify(decode(sentence)))
      const bytes = bytesOf(sentence)
      for (let at = 0; at < bytes.length * 8; at++) {
        const damaged = Uint8Array.from(bytes)
        damaged[at >> 3] = (damaged[at >> 3] ?? 0) ^ (1 << (at & 7))
        for (const [index, { decode }] of readers.entries()) {
          const outcome = decode(damaged)
          if (outcome?.ok === true && JSON.stringify(outcome) !== whole[index]) passed.push(textOf(damaged))
          if (outcome?.ok === false && outcome.text === '') passed.push('refused without a reason')
        }
      }
    }
    expect(passed).toStrictEqual([])
  },
)
