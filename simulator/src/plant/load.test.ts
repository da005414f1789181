import { readFileSync } from 'node:fs'
import { formatProblem } from '@lineside/settings'
import { protocols } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { loadPlant, type PlantIo } from './load.ts'
import { nodePlantIo } from './node-io.ts'
import { parseCsv } from './recordings.ts'

const system = nodePlantIo({})

function load(text: string, files: Readonly<Record<string, string>> = {}) {
  const io: PlantIo = {
    read: path => (path === 'plant.yaml' ? text : files[path]),
    file: path => files[path],
    env: name => (name === 'SET' ? 'secret' : undefined),
    builtinProfiles: () => system.builtinProfiles(),
    profilesIn: folder =>
      Object.entries(files).flatMap(([file, own]) => (file.startsWith(folder) ? { file, text: own } : [])),
  }
  return loadPlant('plant.yaml', io)
}

const problemsOf = (text: string, files?: Readonly<Record<string, string>>) =>
  load(text, files).problems.map(formatProblem)

const links = `links:
  line: { modbus_tcp: "127.0.0.1:1502" }
  mast: { serial_tcp: "127.0.0.1:4001" }
  sensors: { mqtt: mqtt://127.0.0.1:1883 }
`

test('the example plays, and has a device of every protocol', () => {
  const file = new URL('../../example.yaml', import.meta.url)
  const { plant, problems } = load(readFileSync(file, 'utf8'))
  expect(problems).toEqual([])
  const played = new Set([...(plant?.devices.values() ?? [])].map(({ profile }) => profile.protocol))
  expect([...played].toSorted()).toEqual([...protocols.keys()].toSorted())
})

test('a profile with a mistake is told as that, and not as one that is missing', () => {
  const plant = `profiles: own\n${links}devices:\n  two: { profile: x/two, link: line, unit_id: 1 }\n`
  const [first, ...others] = problemsOf(plant, { 'own/x/two.yaml': 'profile: x/two\nvendor: X\n' })
  expect(first).toBe('plant.yaml:7:19 devices.two.profile: the profile x/two can not be used; correct it')
  expect(others.join('\n')).toContain('own/x/two.yaml:')
})

test('resolves names, durations, params and the place of the ledger', () => {
  const { plant, problems } = load(`seed: 7
ledger: out/ledger.ndjson
${links}
devices:
  meter: { profile: eastron/sdm630, link: line, unit_id: 3, points: { frequency: 50 } }
  mast: { profile: nmea/weather-station, link: mast, every: 250ms }
scenarios:
  - { at: 8s, device: meter, point: frequency, ramp: { to: 51, over: 6s } }
`)
  expect(problems).toEqual([])
  expect(plant).toMatchObject({ seed: 7, ledger: 'out/ledger.ndjson' })
  expect(plant?.devices.get('meter')).toMatchObject({
    unitId: 3,
    link: 'line',
    points: new Map([['frequency', { constant: 50 }]]),
    scenarios: [{ at: 8000, ramp: { to: 51, over: 6000 } }],
  })
  expect(plant?.devices.get('mast')).toMatchObject({ everyMs: 250 })
})

test('tells all that is wrong with the form in one pass', () => {
  expect(
    problemsOf(`links:
  line: { modbus_tcp: "127.0.0.1" , modbus_udp: x }
  both: { modbus_tcp: "127.0.0.1:1", serial_tcp: "127.0.0.1:2" }
  broker: { mqtt: "http://127.0.0.1" }
devices:
  meter: { profile: eastron/sdm630, link: line, unit_id: 300, points: { a: { sinus: {} }, b: { sine: { min: 1, max: 2, period: 10 } } } }
  other: { link: line }
scenarios:
  - { at: 1s, device: meter, point: a, ramp: { to: 3, over: 1s }, stuck: true }
  - { at: 1s, device: meter, point: a, silent: true }
  - { at: 1s, device: meter, set: 3 }
`),
  ).toMatchInlineSnapshot(`
    [
      "plant.yaml:2:37 links.line.modbus_udp: modbus_udp is not a known key; write modbus_rtu",
      "plant.yaml:3:9 links.both: modbus_tcp and serial_tcp are different links; write each under a name of its own",
      "plant.yaml:4:19 links.broker.mqtt: "http://127.0.0.1" is not a broker's address; write for instance mqtt://127.0.0.1:1883",
      "plant.yaml:6:58 devices.meter.unit_id: 300 is too large; write at most 255",
      "plant.yaml:6:78 devices.meter.points.a.sinus: sinus is not a known key; write sine",
      "plant.yaml:6:78 devices.meter.points.a.sine: min is missing; write a number",
      "plant.yaml:6:78 devices.meter.points.a.sine: max is missing; write a number",
      "plant.yaml:6:78 devices.meter.points.a.sine: period is missing; write for instance 10s, 250ms or 5m",
      "plant.yaml:6:128 devices.meter.points.b.sine.period: 10 is not a duration; write it with its unit, for instance 10s or 10ms",
      "plant.yaml:7:3 devices.other: profile is missing; write a text",
      "plant.yaml:9:5 scenarios.0: ramp and stuck at once; write one of set, ramp, noise, stuck, silent, resume",
      "plant.yaml:10:5 scenarios.1: a device is silent as a whole; remove point",
      "plant.yaml:11:5 scenarios.2: set happens to a point; write point: and its name",
    ]
  `)
})

test('a SunSpec device plays the models that are written, and has only their points', () => {
  const { plant, problems } = load(`${links}
devices:
  inverter: { profile: sunspec, link: line, sunspec: { base: 0, models: [1, 113, 160], blocks: 1 } }
`)
  expect(problems).toEqual([])
  const points = plant?.devices.get('inverter')?.profile.points
  expect(points?.get('ac_power')).toMatchObject({ type: 'float32', address: 2 + 68 + 22 })
  expect([...(points?.keys() ?? [])].filter(name => /^mppt_power|^meter/.test(name))).toEqual(['mppt_power_1'])
})

test('models that a SunSpec device can not play are told', () => {
  expect(
    problemsOf(`${links}
devices:
  inverter: { profile: sunspec, link: line, sunspec: { models: [1, 999] }, points: { battery_charge: 3 } }
  meter: { profile: eastron/sdm630, link: line, unit_id: 2, sunspec: { models: [1] } }
`),
  ).toEqual([
    expect.stringContaining('devices.inverter.sunspec.models.1: no model 999; sunspec has 1, 101, 102'),
    expect.stringContaining('devices.inverter.points.battery_charge: no point battery_charge'),
    expect.stringContaining('devices.meter.sunspec: eastron/sdm630 has no SunSpec models; remove sunspec'),
  ])
})

test('tells all names that stand for nothing in one pass', () => {
  expect(
    problemsOf(`${links}
devices:
  meter: { profile: eastron/sdm63, link: line }
  press: { profile: banner/qm42vt2, link: lin, points: { temperature: 3 } }
  scale: { profile: mettler-toledo/mt-sics, link: line }
  mast: { profile: nmea/weather-station, link: mast, messages: [climat], points: { wind_sped: 3 } }
  plug: { profile: shelly/gen2-switch, link: sensors }
  one: { profile: banner/qm42vt2, link: line, unit_id: 4 }
  two: { profile: banner/qm42vt2, link: line, unit_id: 4 }
scenarios:
  - { at: 1s, device: pres, silent: true }
  - { at: 1s, device: press, point: temprature, set: 3 }
`).filter(line => line.startsWith('plant.yaml')),
  ).toMatchInlineSnapshot(`
    [
      "plant.yaml:7:21 devices.meter.profile: no profile eastron/sdm63; did you mean eastron/sdm630?",
      "plant.yaml:8:43 devices.press.link: no link lin; did you mean line?",
      "plant.yaml:9:51 devices.scale.link: line is a modbus_tcp link, but mettler-toledo/mt-sics speaks serial; name a serial_tcp link",
      "plant.yaml:10:65 devices.mast.messages.0: no message climat; did you mean climate?",
      "plant.yaml:10:84 devices.mast.points.wind_sped: no point wind_sped; did you mean wind_speed?",
      "plant.yaml:11:3 devices.plug: topic is missing; write what stands for {topic}",
      "plant.yaml:13:3 devices.two: unit id 4 of line is already one; write another unit_id",
      "plant.yaml:15:23 scenarios.0.device: no device pres; did you mean press?",
      "plant.yaml:16:37 scenarios.1.point: no point temprature; did you mean temperature?",
    ]
  `)
})

test('refuses points that follow themselves or nothing', () => {
  expect(
    problemsOf(`${links}
devices:
  press:
    profile: banner/qm42vt2
    link: line
    points:
      velocity_x: { correlated: { with: velocity_z } }
      velocity_z: { noise: { of: { correlated: { with: velocity_x } }, spread: 1 } }
      kurtosis_x: { correlated: { with: nothing } }
`),
  ).toMatchInlineSnapshot(`
    [
      "plant.yaml:11:19 devices.press.points.velocity_x: velocity_x follows velocity_z follows velocity_x; let one of them have a waveform of its own",
      "plant.yaml:12:19 devices.press.points.velocity_z: velocity_z follows velocity_x follows velocity_z; let one of them have a waveform of its own",
      "plant.yaml:13:19 devices.press.points.kurtosis_x: there is no point nothing to follow; there is velocity_z, temperature, velocity_x, acceleration_peak_z, acceleration_peak_x, peak_frequency_z, peak_frequency_x, acceleration_z, acceleration_x, kurtosis_z, kurtosis_x, crest_factor_z",
    ]
  `)
})

test('refuses secrets and recordings that are not there', () => {
  const text = `links:
  line: { modbus_tcp: "127.0.0.1:1502" }
  good: { mqtt: mqtt://127.0.0.1:1883, username: a, password: { env: SET } }
  bad: { mqtt: mqtt://127.0.0.1:1883, username: a, password: { env: UNSET } }
  inline: { mqtt: mqtt://127.0.0.1:1883, username: a, password: { file: none.secret } }
devices:
  press:
    profile: banner/qm42vt2
    link: line
    points:
      velocity_x: { replay: { file: none.csv, column: x } }
      velocity_z: { replay: { file: run.csv, column: velocty } }
      kurtosis_x: { noise: { of: { replay: { file: run.csv, column: velocity } }, spread: 1 } }
`
  expect(problemsOf(text, { 'run.csv': 'time,velocity\n1,2\n' })).toMatchInlineSnapshot(`
    [
      "plant.yaml:4:62 links.bad.password: the environment variable UNSET is not set; set it for the service",
      "plant.yaml:5:65 links.inline.password: the file none.secret does not exist; write the secret into it",
      "plant.yaml:11:19 devices.press.points.velocity_x: none.csv does not exist or can not be read; correct its name",
      "plant.yaml:12:19 devices.press.points.velocity_z: run.csv has no column velocty; did you mean velocity?",
    ]
  `)
})

test('a missing file is one sentence', () => {
  const io = { ...system, read: () => undefined }
  expect(loadPlant('none.yaml', io).problems.map(formatProblem)).toEqual([
    'none.yaml:1:1 the file does not exist or can not be read',
  ])
})

test('reads quoted cells', () => {
  expect(parseCsv('a,"b, c","d ""e"""\r\n1,2,\n\n"x\ny",,z')).toEqual([
    ['a', 'b, c', 'd "e"'],
    ['1', '2', ''],
    ['x\ny', '', 'z'],
  ])
})
