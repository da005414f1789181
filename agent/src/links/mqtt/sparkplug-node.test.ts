import { FakeClock, seededRandom } from '@lineside/contract/testing'
import { SparkplugSpeaker } from '@lineside/device-profiles'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Settle } from '../../intake.ts'
import { createMqttDevices } from './devices.ts'
import { testDevice, TestIntake } from '../testing.ts'
import { testSparkplugProfile } from './testing.ts'

const place = { group: 'plant', node: 'edge_1', device: 'press' }
const profile = testSparkplugProfile()
const t = 1_763_700_000_000

function setUp() {
  const clock = new FakeClock()
  const intake = new TestIntake()
  const asked: string[] = []
  const context = { clock, random: seededRandom(5), log: pino({ enabled: false }), intake }
  const devices = createMqttDevices(
    [
      testDevice('press', profile, { sparkplug: place }),
      testDevice('edge', profile, { sparkplug: { group: 'plant', node: 'edge_1' } }),
    ],
    {
      context,
      whyNot: () => undefined,
      publish: topic => {
        asked.push(topic)
        return Promise.resolve({ ok: true })
      },
    },
  )
  const speaker = new SparkplugSpeaker(profile, place, {})
  speaker.begin(t)
  type Said = ReturnType<SparkplugSpeaker['death']>
  const hear = ({ topic, payload }: Said, settle?: Settle) => devices.message(topic, payload, false, settle)
  const birth = () => {
    for (const message of speaker.births(t)) hear(message)
  }
  const state = () => devices.status().map(({ state: now }) => now)
  return { clock, intake, asked, devices, speaker, hear, birth, state }
}

test('births take the device online, data by alias become samples with their own time', () => {
  const { intake, devices, speaker, hear, birth, state } = setUp()
  expect(devices.filters).toEqual(['spBv1.0/plant/+/edge_1', 'spBv1.0/plant/+/edge_1/+'])
  birth()
  hear(speaker.data(t + 5, { a: 1.5 }))
  expect(intake.samples.map(({ device, t: at, values, quality }) => ({ device, at, values, quality }))).toEqual([
    { device: 'press', at: t, values: {}, quality: { a: 'bad:not_available', b: 'bad:not_available' } },
    { device: 'press', at: t + 5, values: { a: 1.5 }, quality: undefined },
  ])
  expect(state()).toEqual(['online', 'online'])
})

test('a message is settled when all that came of it is stored, at once where nothing did', () => {
  const { intake, speaker, hear, birth } = setUp()
  let settled = 0
  hear(speaker.data(t, { a: 1 }), () => settled++)
  expect(settled).toBe(1)
  birth()
  hear(speaker.data(t, { a: 1 }), () => settled++)
  expect(settled).toBe(1)
  for (const settle of intake.settles) settle()
  expect(settled).toBe(2)
})

test('data before a birth give no value and a request for births, which is not repeated at once', () => {
  const { intake, asked, devices, speaker, hear } = setUp()
  hear(speaker.data(t, { a: 1 }))
  hear(speaker.data(t, { a: 2 }))
  expect(intake.samples).toEqual([])
  expect(asked).toEqual(['spBv1.0/plant/NCMD/edge_1'])
  expect(devices.status()[0]).toMatchObject({ lastError: 'data before a birth', counters: { failed: 2 } })
})

test('a hole in the sequence asks for births; values by alias come again after them', () => {
  const { intake, asked, speaker, hear, birth } = setUp()
  birth()
  speaker.data(t, { a: 1 })
  hear(speaker.data(t, { a: 2 }))
  expect(asked).toHaveLength(1)
  birth()
  hear(speaker.data(t, { a: 3 }))
  expect(intake.samples.flatMap(({ values }) => ('a' in values ? [values['a']] : []))).toEqual([2, 3])
})

test('the death of the node takes all of its devices along, with all their points', () => {
  const { intake, speaker, hear, birth, state } = setUp()
  birth()
  hear(speaker.death(t))
  expect(state()).toEqual(['offline', 'offline'])
  expect(intake.samples.at(-1)).toMatchObject({ quality: { a: 'bad:communication', b: 'bad:communication' } })
})

test('after each connection births are asked for within two seconds', async () => {
  const { clock, asked, devices, birth } = setUp()
  devices.opened()
  expect(asked).toEqual([])
  await clock.advance(2000)
  expect(asked).toEqual(['spBv1.0/plant/NCMD/edge_1'])
  birth()
  devices.stop()
  expect(clock.timers).toBe(0)
})

test('a retained message says nothing of now, and one that is no payload is told', () => {
  const { devices, intake, speaker } = setUp()
  for (const { topic, payload } of speaker.births(t)) devices.message(topic, payload, true)
  devices.message('spBv1.0/plant/DDATA/edge_1/press', Uint8Array.of(0xff, 0xff), false)
  expect(intake.samples).toEqual([])
  expect(devices.status().map(({ lastError, counters }) => [lastError, counters.failed])).toEqual([
    ['payload is no protobuf', 2],
    ['a retained NBIRTH says nothing of now', 1],
  ])
})
