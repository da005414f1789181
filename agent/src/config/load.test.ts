import { join, sep } from 'node:path'
import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { testIo, textIo } from './testing.ts'

const testdata = join(import.meta.dirname, 'testdata')

test('reads a whole plant: included files, own profiles, templates, secrets and defaults', () => {
  const file = join(testdata, 'plant', 'lineside.yaml')
  const { config, problems, broken } = loadConfig(file, testIo({ PANEL_PASSWORD: 'x' }))
  expect(problems.map(formatProblem)).toEqual([])
  expect(broken).toEqual([])
  expect(config?.gateway).toBe('plant1-gw3')
  expect(config?.cloud?.url.href).toBe('https://receiver.example:8443/')
  expect(config?.cloud?.token.reveal()).toBe('not-a-real-token')
  expect(config?.storage).toEqual({
    path: join(testdata, 'plant', 'buffer'),
    maxSizeBytes: 8e9,
    minFreeBytes: 100_000_000,
    commitEveryMs: 500,
  })
  expect(config?.page).toEqual({ host: '127.0.0.1', port: 9090 })
  expect(config?.links.get('packing')).toEqual({
    kind: 'modbus_tcp',
    name: 'packing',
    host: '192.0.2.10',
    port: 502,
    timeoutMs: 2000,
    requestGapMs: 20,
    maxInFlight: 2,
  })
  const sensors = config?.links.get('sensors')
  expect(sensors?.kind === 'broker' && sensors.users.get('panel')?.password.reveal()).toBe('x')
  expect(sensors?.kind === 'broker' && sensors.users.get('plug')).toMatchObject({ publish: ['plugs/#'], subscribe: [] })
  expect([...(config?.notify.values() ?? [])]).toEqual([
    { kind: 'mqtt', name: 'panel', link: 'sensors', topic: 'lineside/plant1-gw3/alarms', minPriority: 'medium' },
  ])
  expect([...(config?.devices.keys() ?? [])]).toEqual(['meter_1', 'meter_2', 'scale_1', 'pump_1', 'plug_7'])
  expect(config?.devices.get('pump_1')?.profile.profile).toBe('own/pump')
  expect(config?.devices.get('plug_7')?.topic).toBe('plugs/seven')
})

test('resolves a device with everything a user can say of it', () => {
  const { config } = loadConfig(join(testdata, 'plant', 'lineside.yaml'), testIo({ PANEL_PASSWORD: 'x' }))
  const meter = config?.devices.get('meter_1')
  expect(meter).toMatchObject({
    link: 'packing',
    unitId: 1,
    tags: { area: 'packing', line: 'B' },
    params: { ct_ratio: 40 },
  })
  expect([...(meter?.points.values() ?? [])]).toEqual([
    { name: 'voltage', everyMs: 10_000, deadband: 0.5, maxSilenceMs: 60_000 },
    { name: 'current', everyMs: 2000, deadband: 0, maxSilenceMs: 300_000 },
    { name: 'energy', everyMs: 60_000, slowedFromMs: 2000, deadband: 0, maxSilenceMs: 300_000 },
  ])
  expect(meter?.alarms).toEqual([
    {
      kind: 'threshold',
      device: 'meter_1',
      name: 'over',
      point: 'voltage',
      priority: 'high',
      message: 'Voltage',
      action: 'Call',
      high: 253,
      low: 207,
      hysteresis: 2,
      onDelayMs: 10_000,
      offDelayMs: 0,
    },
  ])
  expect(meter?.detect).toEqual([
    {
      kind: 'zscore',
      device: 'meter_1',
      name: 'odd',
      point: 'current',
      priority: 'medium',
      windowMs: 600_000,
      limit: 6,
      warmUp: 30,
      minSpread: 0.1,
      coolDownMs: 300_000,
    },
  ])
})

test('tells every mistake of a file in one pass', () => {
  const { config, problems } = loadConfig(join(testdata, 'mistakes', 'lineside.yaml'), testIo())
  expect(config).toBeUndefined()
  const text = problems.map(formatProblem).join('\n').replaceAll(`${testdata}${sep}mistakes${sep}`, '')
  expect(text).toMatchInlineSnapshot(`
    "lineside.yaml:1:10 gateway: "plant 1" can not be a name; use letters, digits, _ and -, at most 64, beginning with a letter or digit
    lineside.yaml:2:11 timezone: "Europe/Berln" is not a time zone; did you mean Europe/Berlin?
    lineside.yaml:3:15 cloud.url: "http://receiver.example:8443" would send the token unencrypted; write https:// (http:// is for this machine only)
    lineside.yaml:3:54 cloud.token: a secret is never written here; write { file: path } or { env: NAME } and keep the secret there
    lineside.yaml:4:47 storage.max_size: 8 is not a size; write it with its unit, for instance 8MB
    lineside.yaml:4:50 storage.comit_every: comit_every is not a known key; write commit_every
    lineside.yaml:6:53 links.packing.timeout: 1 is not a duration; write it with its unit, for instance 1s or 1ms
    lineside.yaml:7:49 links.press_line.baud: 19201 is not a baud rate; write 19200
    lineside.yaml:8:24 links.scale.serial_tcp: "192.0.2.11" has no port; write for instance "192.0.2.11:4001"
    lineside.yaml:10:48 templates.meter.evry: evry is not a known key; write every
    lineside.yaml:13:10 devices.meter_1.use: there is no template metre; did you mean meter?
    lineside.yaml:17:14 devices.meter_2.unit_id: 300 is too large; write at most 255
    lineside.yaml:18:15 devices.meter_2.points.voltge: acme/meter has no point voltge; did you mean voltage?
    lineside.yaml:20:62 devices.meter_2.alarms.over.priority: "urgent" is not one of the possible values; write low, medium, high or critical
    lineside.yaml:21:23 devices.meter_3.profile: there is no profile acme/metr; did you mean acme/meter? lineside profile list shows all
    lineside.yaml:21:40 devices.meter_3.link: there is no link pakking; did you mean packing?
    lineside.yaml:22:3 devices.press_3: unit_id is missing; write for instance unit_id: 1
    lineside.yaml:24:19 notify.control_room.webhook: webhook is not supported in this version; write mqtt: with the name of a broker or mqtt link, and topic:"
  `)
})

const base = `
gateway: gw
links: { packing: { modbus_tcp: "192.0.2.10:502" }, line: { modbus_rtu: /dev/ttyS0 } }
`

function load(text: string, others: Readonly<Record<string, string>> = {}) {
  const result = loadConfig('lineside.yaml', textIo({ ...others, 'lineside.yaml': text }))
  return {
    running: result.config === undefined ? undefined : [...result.config.devices.keys()],
    broken: result.broken.map(({ device }) => device),
    problems: result.problems.map(formatProblem),
  }
}

test('a device with a mistake is left out, and the others run', () => {
  const { running, broken, problems } = load(`gateway: gw
links: { packing: { modbus_tcp: "192.0.2.10:502" } }
devices:
  good: { profile: acme/meter, link: packing, unit_id: 1 }
  bad: { profile: acme/meter, link: packing, unit_id: 2, evry: 1s }
  "no name": { profile: acme/meter, link: packing, unit_id: 3 }
  same: { profile: acme/meter, link: packing, unit_id: 1 }`)
  expect(running).toEqual(['good'])
  expect(broken).toEqual(['bad', 'no name', 'same'])
  expect(problems).toEqual([
    'lineside.yaml:5:58 devices.bad.evry: evry is not a known key; write every',
    'lineside.yaml:6:3 devices.no name: "no name" can not be a name; use letters, digits, _ and -, at most 64, beginning with a letter or digit',
    'lineside.yaml:7:56 devices.same.unit_id: unit id 1 of packing is already good; correct one of the two',
  ])
})

test('a mistake in a template takes out the devices that use it and is told once', () => {
  const { running, broken, problems } = load(`${base}
templates:
  slow: { profile: acme/meter, link: packing, every: 10 }
  unused: { lnk: packing }
devices:
  a: { use: slow, unit_id: 1 }
  b: { use: slow, unit_id: 2 }
  c: { profile: acme/meter, link: packing, unit_id: 3 }`)
  expect(running).toEqual(['c'])
  expect(broken).toEqual(['a', 'b'])
  expect(problems).toEqual([
    'lineside.yaml:6:54 templates.slow.every: 10 is not a duration; write it with its unit, for instance 10s or 10ms',
    'lineside.yaml:7:13 templates.unused.lnk: lnk is not a known key; write link',
  ])
})

test('a broken own profile takes out its devices only', () => {
  const own =
    'profile: own/pump\nvendor: Own\nmodel: Pump\nprotocol: modbus\npoints:\n  flow: { holding: 10, type: uint61 }\n'
  const { running, broken, problems } = load(
    `gateway: gw
profiles: ./profiles
links: { packing: { modbus_tcp: "192.0.2.10:502" } }
devices:
  good: { profile: acme/meter, link: packing, unit_id: 1 }
  pump: { profile: own/pump, link: packing, unit_id: 2 }`,
    { 'profiles/pump.yaml': own },
  )
  expect(running).toEqual(['good'])
  expect(broken).toEqual(['pump'])
  expect(problems[0]).toBe(
    'lineside.yaml:6:20 devices.pump.profile: the profile own/pump can not be used (profiles/pump.yaml:6:30); correct the profile',
  )
  expect(problems[1]).toMatch(/^profiles\/pump\.yaml:6:30 points\.flow\.type: "uint61" .*did you mean uint16\?$/)
})

const plant = `gateway: gw
links:
  packing: { modbus_tcp: "192.0.2.10:502" }
  hall: { modbus_tcp: "192.0.2.11:502" }
templates:
  slow: { profile: acme/meter, link: packing, every: 10s }
devices:
  a: { profile: acme/meter, link: packing, unit_id: 1 }
  b:
    use: slow
    unit_id: 2
  c: { profile: acme/meter, link: hall, unit_id: 3, evry: 1s }
  d: { profile: acme/meter, link: hall, unit_id: 4 }
`

const noYaml: readonly (readonly [written: string, instead: string, running: string | undefined, ...told: string[]])[] =
  [
    ['link: packing, unit_id: 1 }', 'link: packing, unit_id: 1', 'b d', '8:6 devices.a: the { is not closed'],
    ['    use: slow', '  use: slow', 'a d', '10:3 devices.b: use stands further left'],
    ['    unit_id: 2', '\tunit_id: 2', 'a d', '11:1 devices.b: a tab is used to indent'],
    ['  d: {', '   d: {', 'a b', '13:4 devices.d: d stands further right than c above it'],
    ['unit_id: 4 }', 'unit_id: "4 }', 'a b', '13:50 devices.d: the quote is not closed'],
    ['every: 10s }', 'every: 10s', 'a d', '6:9 templates.slow: the { is not closed'],
    ['"192.0.2.11:502"', '"192.0.2.11:502', '', '4:23 links.hall: the quote is not closed'],
    ['links:', 'links', '', '2:1 links: there is no colon behind links'],
  ]

test.each(noYaml)(
  'what is no YAML takes out its device, and nothing false is said: %j as %j',
  (written = '', instead = '', devices = '', ...told) => {
    const { running, problems } = load(plant.replace(written, () => instead))
    expect(running?.join(' ') ?? '').toBe(devices)
    const lines = problems.filter(line => !line.includes('.evry:'))
    expect(problems.length - lines.length).toBe(1)
    expect(lines).toHaveLength(told.length)
    for (const [index, line] of lines.entries()) expect(line).toContain(`lineside.yaml:${told[index] ?? ''}`)
  },
)

test('a device that a misplaced line may belong to does not run either', () => {
  const { running, broken } = load(plant.replace('  c: {', '   c: {'))
  expect(running).toEqual(['a', 'd'])
  expect(broken).toEqual(['c', 'b'])
})

test('several devices that name what is not there are one message, and none of them runs', () => {
  const { running, broken, problems } = load(plant.replace('  packing:', '  pakking:').replace(', evry: 1s', ''))
  expect(problems).toEqual([
    'lineside.yaml:6:38 devices.b.link: there is no link packing, also for 1 more; did you mean pakking?',
  ])
  expect(running).toEqual(['c', 'd'])
  expect(broken).toEqual(['b', 'a'])
})

test('an included file of which nothing can be read ends the judging', () => {
  const { running, problems } = load(`include: [ more.yaml ]\n${plant.replace('hall:', 'wall:')}`, {
    'more.yaml': 'a\0b\0',
  })
  expect(running).toBeUndefined()
  expect(problems).toEqual(['more.yaml:1:1 the file is no text; name a YAML file'])
})

test('what is wrong beyond devices leaves no config, and the devices are judged all the same', () => {
  const { running, problems } = load(`gateway: gw
links: { packing: { modbus_tcp: 5 } }
devices:
  bad: { profile: acme/meter, link: packing, unit_id: x }`)
  expect(running).toBeUndefined()
  expect(problems).toEqual([
    'lineside.yaml:2:33 links.packing.modbus_tcp: 5 is not an address; write host and port, for instance "192.0.2.10:502"',
    'lineside.yaml:4:55 devices.bad.unit_id: "x" is not a number; write a number',
  ])
})

test('a name that two files define is a problem of that device', () => {
  const { running, broken, problems } = load(
    `gateway: gw
include: [ more.yaml ]
links: { packing: { modbus_tcp: "192.0.2.10:502" } }
devices:
  a: { profile: acme/meter, link: packing, unit_id: 1 }
  b: { profile: acme/meter, link: packing, unit_id: 2 }`,
    { 'more.yaml': 'devices:\n  a: { profile: acme/meter, link: packing, unit_id: 3 }' },
  )
  expect(running).toEqual(['b'])
  expect(broken).toEqual(['a'])
  expect(problems).toEqual([
    'more.yaml:2:3 devices.a: a is already defined at lineside.yaml:5:3; rename or remove one of the two',
  ])
})

test('the least that runs is a name', () => {
  const { config, problems } = loadConfig(
    '/etc/lineside/lineside.yaml',
    textIo({ '/etc/lineside/lineside.yaml': 'gateway: gw' }),
  )
  expect(problems).toEqual([])
  expect(config).toEqual({
    gateway: 'gw',
    timezone: 'UTC',
    storage: { path: '/var/lib/lineside', maxSizeBytes: 2e9, minFreeBytes: 100_000_000, commitEveryMs: 1000 },
    page: { host: '127.0.0.1', port: 8080 },
    links: new Map(),
    notify: new Map(),
    devices: new Map(),
  })
})
