// oxlint-disable-next-line no-restricted-imports -- a test may read what others recorded
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { libraryFolder } from '../library.ts'
import { loadProfiles } from '../loader.ts'
import { textOf } from './bytes.ts'
import { checkFrame } from './check-frame.ts'
import { compileSerial } from './compile.ts'
import { createFramer } from './create-framer.ts'
import type { Checksum, MarkedFraming } from './profile.ts'

const folder = new URL('../../../../shared/data/protocol/', import.meta.url)
const missing = !existsSync(folder)
const left = missing ? ' [left out, needs recorded telegrams in ../shared/data/protocol]' : ''

function recorded(file: string): Uint8Array {
  return readFileSync(new URL(file, folder))
}

const framing: MarkedFraming = { kind: 'marked', start: '/', end: '!', tail: '\r\n', keepMarks: true, maxLength: 4096 }
const checksum: Checksum = {
  type: 'crc16_arc',
  start: '/',
  end: '!',
  inclusive: true,
  dropsZeros: true,
  optional: true,
}

for (const file of ['telegram_v2_2.txt', 'telegram_v4_2.txt', 'telegram_v5.txt']) {
  test.skipIf(missing)(`a recorded smart-meter telegram passes, and fails with a bit flipped: ${file}${left}`, () => {
    const bytes = recorded(file)
    const framer = createFramer(framing)
    // The second half of one telegram comes first, as it does when the connection is made.
    const stream = Buffer.concat([bytes.subarray(bytes.length >> 1), bytes])
    const frames = [...stream].flatMap(byte => framer.push(Uint8Array.of(byte)))
    expect(frames).toHaveLength(1)
    const frame = frames[0]?.kind === 'frame' ? frames[0].bytes : new Uint8Array()
    expect(textOf(frame)).toBe(textOf(bytes))
    expect(checkFrame(frame, checksum)).toMatchObject({ ok: true })
    const damaged = Uint8Array.from(frame)
    damaged[100] = (damaged[100] ?? 0) ^ 1
    expect(checkFrame(damaged, checksum).ok).toBe(file === 'telegram_v2_2.txt')
  })
}

test.skipIf(missing)(`recorded sentences: wind and air are read, all others are of no interest${left}`, () => {
  const file = 'nmea/weather-station.yaml'
  const { profiles } = loadProfiles([{ file, text: readFileSync(new URL(file, libraryFolder), 'utf8') }])
  const profile = profiles.get('nmea/weather-station')
  if (profile?.protocol !== 'serial') throw new Error('the profile does not load')
  const { decode } = compileSerial(profile, { params: {} })
  const sentences = textOf(recorded('nmea.txt'))
    .split('\n')
    .filter(line => line !== '')
  const outcomes = sentences.map(sentence => decode(sentence))
  expect(sentences.length).toBeGreaterThan(50)
  expect(sentences.filter((_, i) => outcomes[i]?.ok === false)).toStrictEqual([])
  expect(outcomes.filter(outcome => outcome !== undefined)).toStrictEqual([
    { ok: true, message: 'wind_relative', values: { wind_angle: 271, wind_speed: 0.102888888888889 } },
    { ok: true, message: 'air', values: { temperature: 10 } },
    // The station writes millibars and calls them bars.
    { ok: true, message: 'pressure', values: {}, quality: { pressure: 'bad:out_of_range' } },
  ])
})
