import { FakeClock } from '@lineside/contract/testing'
import type { DeviceProfile, TextPoint } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import type { PlantDevice } from '../plant/plant.ts'
import { builtinProfile } from '../plant/testing.ts'
import type { WaveformSpec } from '../waveforms/spec.ts'
import { shortened } from './encoding.ts'
import { mqttDevice } from './mqtt-device.ts'
import type { Playing } from './playing.ts'
import { serialDevice } from './serial-device.ts'
import { makeMessage } from './text-message.ts'

const options = { seed: 1, column: () => [] }

function setUp(profile: DeviceProfile, points: Readonly<Record<string, WaveformSpec>>) {
  const clock = new FakeClock()
  const ledger = new Ledger({ write: () => undefined, close: async () => undefined })
  const playing: Playing = { clock, ledger, elapsed: () => 0 }
  const device: PlantDevice = {
    name: 'device',
    profile,
    link: 'link',
    unitId: 1,
    topic: 'zigbee2mqtt/hall',
    params: {},
    everyMs: 1000,
    points: new Map(Object.entries(points)),
    scenarios: [],
  }
  return { playing, device }
}

function climate(points: Readonly<Record<string, WaveformSpec>>) {
  const profile = builtinProfile('zigbee2mqtt/climate')
  if (profile.protocol !== 'mqtt') throw new TypeError(profile.profile)
  const { playing, device } = setUp(profile, points)
  const [message] = mqttDevice(device, profile, () => 0, options).messages
  return message && makeMessage(message, playing)
}

function station(points: Readonly<Record<string, WaveformSpec>>) {
  const profile = builtinProfile('nmea/weather-station')
  if (profile.protocol !== 'serial') throw new TypeError(profile.profile)
  const { playing, device } = setUp(profile, points)
  const message = serialDevice(device, profile, () => 1_763_700_000_000, options).messages.find(
    one => one.points[0]?.name === 'temperature',
  )
  const made = message && makeMessage(message, playing)
  return { line: Buffer.from(made?.encoded ?? []).toString('latin1'), draft: made?.drafts[0] }
}

test('sends a value outside the range, and notes the bad reading that becomes of it', () => {
  const made = climate({ temperature: { constant: 999 } })
  expect(Buffer.from(made?.encoded.payload ?? []).toString()).toContain('"temperature":999')
  expect(made?.drafts[0]?.quality).toEqual({ temperature: 'bad:out_of_range' })
  expect(made?.drafts[0]?.points).not.toHaveProperty('temperature')
})

test('leaves out a value that a point can not express: of a JSON object its key, of a sentence its field', () => {
  const made = climate({ temperature: { constant: 'not_available' } })
  expect(Buffer.from(made?.encoded.payload ?? []).toString()).not.toContain('temperature')
  expect(made?.drafts[0]?.points).not.toHaveProperty('temperature')

  const { line, draft } = station({ temperature: { constant: 'not_available' }, humidity: { constant: 55.5 } })
  expect(line).toMatch(/^\$WIMDA,.*,55\.5,.*\*[0-9A-F]{2}\r\n$/)
  expect(draft?.quality).toEqual({ temperature: 'bad:not_available' })
  expect(draft?.points).toMatchObject({ humidity: 55.5 })
})

test('writes numbers as short as a device does where the profile names no decimals', () => {
  const plain: TextPoint = {
    name: 'x',
    type: 'number',
    scale: 1,
    offset: 0,
    units: new Map(),
    names: new Map(),
    notAvailable: new Set(),
  }
  expect([55.123456789, -0.0123456, 0, 3n ** 40n].map(value => shortened(plain, value))).toEqual([
    55.123,
    -0.0123,
    0,
    3n ** 40n,
  ])
  expect(shortened({ ...plain, decimals: 6 }, 55.123456789)).toBe(55.123456789)
})
