import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadProfiles } from './loader.ts'
import { lintProfiles } from './lint.ts'
import type { ModbusPoint } from './modbus/profile.ts'
import type { DeviceProfile } from './profile.ts'

const head = 'vendor: Acme\nmodel: X1\nprotocol: modbus\n'
const base = `profile: acme/x1
${head}limits: { registers: 10, gap: 20ms }
points:
  power: { input: 4, type: int16, scale: 0.1, unit: W, every: 5s }
  volts: { input: 5, type: uint16, unit: V }
tests:
  - { input: { 4: "0001" }, expect: { power: 0.1 } }
`

function load(...texts: readonly string[]) {
  const loaded = loadProfiles(texts.map((text, index) => ({ file: `${index}.yaml`, text })))
  return { ...loaded, said: loaded.problems.map(formatProblem) }
}

function modbusPoint(profile: DeviceProfile | undefined, name: string): ModbusPoint | undefined {
  return profile?.protocol === 'modbus' ? profile.points.get(name) : undefined
}

const version = (text: string) => load(text).profiles.get('acme/x1')?.version

test('a profile is resolved with every default written out', () => {
  const { profiles, said } = load(base)
  expect(said).toStrictEqual([])
  const profile = profiles.get('acme/x1')
  expect(profile).toMatchObject({
    vendor: 'Acme',
    protocol: 'modbus',
    limits: { registers: 10, bits: 2000, hole: 0, bitHole: 0, gapMs: 20 },
    requirements: [],
  })
  expect(modbusPoint(profile, 'power')).toMatchObject({
    name: 'power',
    type: 'int16',
    table: 'input',
    address: 4,
    count: 1,
    order: 'abcd',
    scale: [0.1],
    offset: 0,
    everyMs: 5000,
    mergeable: true,
  })
})

test('the version is twelve hex digits that change with the content alone', () => {
  expect(version(base)).toMatch(/^[0-9a-f]{12}$/)
  expect(version(`# a comment\n${base}`)).toBe(version(base))
  expect(version(base.replace('0.1,', '0.01,'))).not.toBe(version(base))
})

test('addresses of a printed list that begins at 1 are turned into protocol addresses', () => {
  const text = base.replace('limits:', 'addressing: one\nlimits:').replace('unit: W,', 'unit: W, scale_from: 10,')
  const profile = load(text).profiles.get('acme/x1')
  expect(modbusPoint(profile, 'power')).toMatchObject({
    address: 3,
    scaleFrom: { table: 'input', address: 9, type: 'int16' },
  })
  expect(profile?.protocol === 'modbus' ? profile.tests[0]?.cells : []).toStrictEqual([
    { table: 'input', address: 3, words: [1] },
  ])
})

test('not-available values come from the type where the point has none of its own', () => {
  const text = base
    .replace('limits:', 'not_available: { int16: 0x8000, uint16: [0xffff, 0xfffe] }\nlimits:')
    .replace('unit: V }', 'unit: V, not_available: [] }')
  const profile = load(text).profiles.get('acme/x1')
  expect(modbusPoint(profile, 'power')?.notAvailable).toStrictEqual([0x8000])
  expect(modbusPoint(profile, 'volts')?.notAvailable).toStrictEqual([])
})

test('extends takes over what is not said again, and off removes a point', () => {
  const child = `profile: acme/x2
extends: acme/x1
model: X2
points:
  power: { holding: 7, scale: 1 }
  volts: off
  amps: { input: 9, type: uint16 }
`
  const { profiles, said } = load(child, base)
  expect(said).toStrictEqual([])
  const profile = profiles.get('acme/x2')
  expect(profile).toMatchObject({ vendor: 'Acme', model: 'X2', limits: { registers: 10 }, tests: [] })
  expect([...(profile?.points.keys() ?? [])]).toStrictEqual(['power', 'amps'])
  expect(modbusPoint(profile, 'power')).toMatchObject({
    table: 'holding',
    address: 7,
    type: 'int16',
    scale: [1],
    unit: 'W',
  })
})

test('extends goes one level, to a profile that is there', () => {
  const child = 'profile: acme/x2\nextends: acme/x1\nmodel: X2\n'
  const { said, profiles } = load(
    base,
    child,
    child.replace('x2', 'x3').replace('x1', 'x2'),
    child.replace('x2', 'x4').replace('x1', 'x9'),
  )
  expect([...profiles.keys()]).toStrictEqual(['acme/x1', 'acme/x2'])
  expect(said).toStrictEqual([
    '2.yaml:2:10 extends: acme/x2 itself extends acme/x1; extend acme/x1',
    '3.yaml:2:10 extends: there is no profile acme/x9; did you mean acme/x1?',
  ])
})

test('a broken profile breaks only itself, and all its problems are told at once', () => {
  const broken = `profile: acme/broken
${head}points:
  a: { input: 0, holding: 1, type: int16 }
  b: { type: int16 }
  c: { input: 70000, type: int16 }
  d: { input: 0 }
  e: { coil: 0, scale: 0.1 }
  f: { input: 0, type: int61 }
  g: { input: 0, type: int16, scale: ratio }
  h: { input: 0, type: float32, half: high }
  i: { input: 0, type: int16, skale: 1 }
tests:
  - { input: { 0: "12345" }, expect: { x: 1 } }
`
  const { profiles, said } = load(
    broken,
    base,
    'profile: [',
    base.replace('modbus', 'modbuss').replace('acme/x1', 'acme/x5'),
  )
  expect([...profiles.keys()]).toStrictEqual(['acme/x1'])
  expect(said).toMatchInlineSnapshot(`
    [
      "2.yaml:1:10 profile: the [ is not closed; write ] at the end of the line",
      "0.yaml:6:6 points.a: the point has 2 addresses: input, holding; write one",
      "0.yaml:7:6 points.b: the point has no address; write input, holding, coil or discrete with its address",
      "0.yaml:8:15 points.c.input: 70000 is too large; write at most 65536",
      "0.yaml:9:6 points.d: type is missing; write for instance type: float32",
      "0.yaml:10:24 points.e.scale: a coil has no scale; remove it",
      "0.yaml:11:24 points.f.type: "int61" is not one of the possible values; did you mean int16?",
      "0.yaml:13:39 points.h.half: half has no meaning for float32; remove it, or write type: int8 or uint8",
      "0.yaml:14:31 points.i.skale: skale is not a known key; write scale",
      "0.yaml:16:19 tests.0.input.0: these are no registers; write "4366 3333"",
      "3.yaml:4:11 protocol: modbuss is not a known protocol; did you mean modbus?",
    ]
  `)
})

test('problems that need the whole profile are told where they are', () => {
  const text = base
    .replace('scale: 0.1', 'scale: [0.1, ratio]')
    .replace('power: 0.1', 'powr: 0.1')
    .replace('type: uint16', 'type: string, registers: 11')
  expect(load(text).said).toMatchInlineSnapshot(`
    [
      "0.yaml:7:42 points.power.scale: param ratio is not declared; write it under params",
      "0.yaml:8:10 points.volts: the point has 11 registers, a request at most 10",
      "0.yaml:10:45 tests.0.expect.powr: there is no point powr; name a point of this profile",
    ]
  `)
})

test('of two profiles with one name the first counts', () => {
  const { profiles, said } = load(base, base.replace('Acme', 'Other'))
  expect(profiles.get('acme/x1')?.vendor).toBe('Acme')
  expect(said).toStrictEqual(['1.yaml:1:10 profile: 0.yaml is called acme/x1 already; choose another name'])
})

test('a profile does not take the place of a built-in one, is told what to do instead, and is judged all the same', () => {
  const own = base.replace('int16', 'int61')
  const { problems } = loadProfiles([
    { file: 'built-in.yaml', text: base, isBuiltIn: true },
    { file: 'own.yaml', text: own },
  ])
  expect(problems.map(formatProblem)).toStrictEqual([
    'own.yaml:1:10 profile: a profile called acme/x1 is built in, and none takes its place; choose another name, for instance profile: own/x1; where it differs from the built-in one in a part only, write extends: acme/x1 and that part',
    'own.yaml:7:28 points.power.type: "int61" is not one of the possible values; did you mean int16?',
  ])
})

test.each([
  ['profile', 'profil'],
  ['protocol', 'protokol'],
  ['points', 'pionts'],
])('a profile whose %s is called %s is judged, told once, and not used', (key, written) => {
  const { profiles, said } = load(base.replace(`${key}:`, `${written}:`))
  expect(said.map(line => line.replace(/^0\.yaml:\d+:1 /, ''))).toStrictEqual([
    `${written}: ${written} is not a known key; write ${key}`,
  ])
  expect(profiles.size).toBe(0)
})

test('a key that nobody knows hides nothing else of its profile', () => {
  const text = base
    .replace('vendor: Acme', 'vendr: Acme\ncolour: red')
    .replace('power: 0.1', 'powr: 0.1')
    .replace('type: uint16', 'typ: uint61')
    .replace('every: 5s', 'evry: 5')
  expect(load(text).said).toStrictEqual([
    '0.yaml:2:1 vendr: vendr is not a known key; write vendor',
    '0.yaml:3:1 colour: colour is not a known key; known here: profile, extends, vendor, model, description, sources, requirements, caveats, params, alarms, protocol, serial, limits, identify, sunspec, addressing, order, not_available, points, tests',
    '0.yaml:8:56 points.power.evry: evry is not a known key; write every',
    '0.yaml:8:62 points.power.every: 5 is not a duration; write it with its unit, for instance 5s or 5ms',
    '0.yaml:9:22 points.volts.typ: typ is not a known key; write type',
    '0.yaml:9:27 points.volts.type: "uint61" is not one of the possible values; did you mean uint16?',
  ])
})

test('the linter asks for what a reviewer would', () => {
  const text = `profile: acme/x1
vendor: Acme
protocol: modbus
model: X1
params: { ratio: { description: of the transformer } }
points:
  a: { input: 30001, type: int16, unit: volt, range: [0, 1] }
  b: { input: 30001, unit: V, type: int32 }
  low: { input: 9, type: uint8, half: low }
  high: { input: 9, type: uint8, half: high }
  state: { input: 10, type: enum, names: { 0: off, 1: run, 2: run } }
`
  expect(lintProfiles([{ file: 'acme/x2.yaml', text }]).map(formatProblem)).toMatchInlineSnapshot(`
    [
      "acme/x2.yaml:1:1 sources is missing; write where the facts come from and how sure they are",
      "acme/x2.yaml:1:1 tests is missing; write what the device sent and what its display showed",
      "acme/x2.yaml:1:10 profile: the file is not called acme/x1.yaml; rename the file or the profile",
      "acme/x2.yaml:3:11 protocol: model stands in front of protocol in every profile; move it there",
      "acme/x2.yaml:5:18 params.ratio: param ratio is not used; remove it",
      "acme/x2.yaml:7:15 points.a.input: 30001 looks like a number from a printed list; write 0 if it is one",
      "acme/x2.yaml:7:41 points.a.unit: volt is no UCUM code; write for instance V, kW.h, Cel, % or m3/h",
      "acme/x2.yaml:8:6 points.b: a measured value without a plausible range; write range: [least, most]",
      "acme/x2.yaml:8:15 points.b.input: it lies in the same registers as a; check both addresses and types",
      "acme/x2.yaml:8:15 points.b.input: 30001 looks like a number from a printed list; write 0 if it is one",
      "acme/x2.yaml:8:28 points.b.unit: type stands in front of unit in every profile; move it there",
      "acme/x2.yaml:11:63 points.state.names.2: run is already a name; write another",
    ]
  `)
})

test('proposed alarms are on points of the profile, and have a limit, or a state where the point is no number', () => {
  const alarms = (entry: string) => load(`${base}alarms: { hot: { ${entry} } }\n`).said.join()
  expect(alarms('point: power, high: 5')).toBe('')
  expect(
    load(`${base}alarms: { hot: { point: power, high: 5 } }`).profiles.get('acme/x1')?.alarms?.get('hot'),
  ).toMatchObject({
    point: 'power',
    high: 5,
  })
  expect(alarms('point: pwr, high: 5')).toContain('there is no point pwr')
  expect(alarms('point: power')).toContain('the alarm has no limit')
  const text = base.replace('type: uint16, unit: V', 'type: bool, bit: 1')
  expect(load(`${text}alarms: { on: { point: volts, high: 1 } }`).said.join()).toContain('volts is no number (bool)')
  expect(load(`${text}alarms: { on: { point: volts, is: true } }`).said).toEqual([])
  expect(load(`${text}alarms: { on: { point: volts, is: on } }`).said.join()).toContain(
    'alarms.on.is: volts is never "on"; write true or false',
  )
})
