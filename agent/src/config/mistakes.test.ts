import * as fc from 'fast-check'
import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { textIo } from './testing.ts'

const head = `gateway: gw
links:
  packing: { modbus_tcp: "192.0.2.10:502" }
  scale: { serial_tcp: "192.0.2.11:4001" }
  sensors: { broker: "127.0.0.1:1883", users: { plug: { password: { file: secret }, publish: [ "plugs/+/status" ] } } }
`

function lines(text: string): readonly string[] {
  const { problems } = loadConfig('l.yaml', textIo({ 'l.yaml': head + text, secret: 'x' }))
  return problems.map(problem => formatProblem(problem).replace(/^l\.yaml:\d+:\d+ /, ''))
}

const meter = 'profile: acme/meter, link: packing, unit_id: 1'
const deviceMistakes: readonly (readonly [entry: string, ...lines: string[]])[] = [
  [meter],
  [
    'profile: acme/meter, link: scale, unit_id: 1',
    'link: acme/meter speaks modbus, and scale is a serial_tcp link; name a modbus_tcp, modbus_rtu_tcp or modbus_rtu link',
  ],
  [
    'profile: acme/meter, link: packing, unit_id: 1, topic: a/b',
    'topic: topic means nothing to a modbus device; remove it',
  ],
  [
    'profile: acme/meter, link: packing, every: soon',
    'unit_id is missing; write for instance unit_id: 1',
    'every: "soon" is not a duration; write for instance 10s, 250ms or 5m',
  ],
  ['profile: acme/scale, link: scale, unit_id: 1', 'unit_id: unit_id means nothing to a serial device; remove it'],
  ['profile: acme/plug, link: sensors', 'topic is missing; write for instance topic: plugs/seven'],
  [
    'profile: acme/plug, link: sensors, topic: other/seven',
    'topic: no user of sensors may publish to other/seven; write publish: [ "other/seven/#" ] at its user under links.sensors',
  ],
  [
    'profile: acme/plug, link: sensors, topic: "plugs/#"',
    "topic: a topic here has no wildcards; write the beginning of the device's own topics, for instance shellies/plug7",
  ],
  ['profile: acme/plug, link: sensors, topic: plugs/seven, every: 1m'],
  ['profile: acme/talker, link: scale, every: 1m'],
  [
    'profile: acme/talker, link: scale, points: { speed: { every: 1m } }',
    'points.speed.every: the device sends when it wants; write every at the device: how often it is expected',
  ],
  [
    'profile: acme/node, link: sensors',
    'sparkplug is missing; write for instance sparkplug: { group: plant, node: edge_1, device: press_3 }',
  ],
  [
    'profile: acme/node, link: sensors, sparkplug: { group: plant, node: edge_1, device: press_3 }, every: 1m',
    'sparkplug: no user of sensors may publish to spBv1.0/plant/DDATA/edge_1/press_3; write publish: [ "spBv1.0/plant/+/edge_1/#" ] at its user under links.sensors',
  ],
  [
    'profile: acme/node, link: sensors, sparkplug: { group: plant/a, node: edge_1 }',
    'sparkplug.group: an id here has no +, # and /',
  ],
  [
    'profile: acme/plug, link: sensors, topic: plugs/seven, sparkplug: { group: plant, node: edge_1 }',
    'sparkplug: sparkplug means nothing to a mqtt device; remove it',
  ],
  [`${meter}, cron: "*/15 * * * *"`],
  [
    `${meter}, cron: "*/15 * * *"`,
    'cron: "*/15 * * *" is not five fields; write five fields, for instance "*/15 * * * *"',
  ],
  [
    `${meter}, cron: "61 * * * *"`,
    'cron: "61 * * * *" can not be read: invalid value for minute: 61; write five fields, for instance "*/15 * * * *"',
  ],
  [`${meter}, cron: "0 0 31 2 *"`, 'cron: there is no day on which "0 0 31 2 *" is due; look at day and month'],
  [`${meter}, every: 1s, cron: "*/15 * * * *"`, 'cron: it is read by every already; keep one of every and cron'],
  [
    `${meter}, points: { voltage: { cron: "@daily" } }`,
    'points.voltage.cron: "@daily" is not five fields; write five fields, for instance "*/15 * * * *"',
  ],
  [
    `${meter}, points: { voltage: { unit: kV } }`,
    'points.voltage.unit: unit conversion is not supported in this version; remove it; values come in V',
  ],
  [`${meter}, points: { voltage: { unit: V } }`],
  [
    `${meter}, points: { voltage: { every: 10 } }`,
    'points.voltage.every: 10 is not a duration; write it with its unit, for instance 10s or 10ms',
  ],
  [`${meter}, points: { voltage: { deadband: x } }`, 'points.voltage.deadband: "x" is not a number; write a number'],
  [
    `${meter}, points: { state: { deadband: 1 } }`,
    'points.state.deadband: state is no number (enum), so it can have no deadband; remove it',
  ],
  [
    `${meter}, points: { voltage: off, current: off, state: off, energy: off }`,
    'every point is off; leave one on or remove the device',
  ],
  [`${meter}, params: { ct_rato: 3 }`, 'params.ct_rato: acme/meter has no param ct_rato; did you mean ct_ratio?'],
  [`${meter}, params: { ct_ratio: 0 }`, 'params.ct_ratio: 0 is too small; write at least 1'],
  [`${meter}, params: { ct_ratio: forty }`, 'params.ct_ratio: "forty" is not a number; write a number'],
  [
    `${meter}, alarms: { a: { point: voltge, high: 5 } }`,
    'alarms.a.point: acme/meter has no point voltge; did you mean voltage?',
  ],
  [
    `${meter}, alarms: { a: { point: state, high: 5 } }`,
    'alarms.a.point: state is no number (enum), so no limit can be judged; write is: stop in place of limits, or name another point',
  ],
  [`${meter}, alarms: { a: { point: state, is: [ run, 7 ], on_delay: 5s } }`],
  [`${meter}, alarms: { a: { point: state, is: rum } }`, 'alarms.a.is: state is never "rum"; did you mean run?'],
  [`${meter}, alarms: { a: { point: state, is: true } }`, 'alarms.a.is: state is never true; write stop or run'],
  [
    `${meter}, alarms: { a: { point: state, is: run, high: 5, hysteresis: 1 } }`,
    'alarms.a.high: high is for numbers, and state is none (enum); remove it',
    'alarms.a.hysteresis: hysteresis is for numbers, and state is none (enum); remove it',
  ],
  [
    `${meter}, alarms: { a: { point: voltage, is: true } }`,
    'alarms.a.is: voltage is a number (float32); write high: or low: instead',
  ],
  [
    `${meter}, detect: { a: { point: state, zscore: { window: 5m } } }`,
    'detect.a.point: state is no number (enum), so nothing is learnt of it; name another point',
  ],
  [`${meter}, alarms: { a: { point: voltage } }`, 'alarms.a: the alarm has no limit; write high: or low:'],
  [
    `${meter}, alarms: { a: { point: voltage, high: 200, low: 210 } }`,
    'alarms.a.high: high 200 is not above low 210; swap the two',
  ],
  [
    `${meter}, alarms: { a: { point: voltage, high: 210, low: 200, hysteresis: 6 } }`,
    'alarms.a.hysteresis: hysteresis 6 leaves no way back between 200 and 210; write less than 5',
  ],
  [
    `${meter}, alarms: { a: { point: voltage, high: 500 } }`,
    'alarms.a.high: nothing can be above 500: the plausible range of voltage is 0 to 400 V; write a limit within it',
  ],
  [
    `${meter}, points: { voltage: off }, alarms: { a: { point: voltage, high: 250 } }`,
    'alarms.a.point: voltage is off; remove voltage: off, or this',
  ],
  [
    `${meter}, alarms: { a: { point: voltage, high: 250 } }, detect: { a: { point: current, zscore: { window: 1m } } }`,
    'detect.a: a is already the name of an alarm; rename one',
  ],
  [
    `${meter}, detect: { a: { point: energy, zscore: { window: 5m } } }`,
    'detect.a.zscore.window: a window of 5m holds 5 readings at every 1m, and 8 are needed first; write at least 8m',
  ],
  [
    `${meter}, detect: { a: { point: current } }`,
    'detect.a: the detector does not say what it looks for; write zscore',
  ],
  [
    `${meter}, detect: { a: { point: current, zscore: { windw: 5m } } }`,
    'detect.a.zscore.windw: windw is not a known key; write window',
  ],
]

test.each(deviceMistakes)('judges the device { %s }', (entry, ...expected) => {
  const found = lines(`devices:\n  d: { ${entry} }`)
  expect(found.map(line => line.replace(/^devices\.d[.:] ?/, ''))).toEqual(expected)
})

const inverter = 'profile: acme/inverter, link: packing, unit_id: 1'

const pairs: readonly (readonly [first: string, second: string, ...lines: string[]])[] = [
  [meter, meter, 'devices.b.unit_id: unit id 1 of packing is already a; correct one of the two'],
  [inverter, `${inverter}, params: { model_number: 2 }`],
  [
    inverter,
    `${inverter}, params: { model_number: 1 }`,
    'devices.b.unit_id: unit id 1 of packing is already a; correct one of the two, or write another params: { model_number: 2 }',
  ],
  [
    meter,
    inverter,
    'devices.b.unit_id: unit id 1 of packing is already a; correct one of the two, or write another params: { model_number: 2 }',
  ],
  [
    'profile: acme/scale, link: scale',
    'profile: acme/scale, link: scale',
    'devices.b.link: the device with this profile of scale is already a; give each a link or other params',
  ],
  [
    'profile: acme/scale, link: scale',
    'profile: acme/talker, link: scale',
    'devices.b.link: acme/talker cuts frames in another way than acme/scale of a; give it a link of its own',
  ],
  ['profile: acme/talker, link: scale, every: 1m', 'profile: acme/plug, link: sensors, topic: plugs/seven'],
  [
    'profile: acme/plug, link: sensors, topic: plugs/seven',
    'profile: acme/plug, link: sensors, topic: plugs/seven',
    'devices.b.topic: plugs/seven with this profile of sensors is already a; correct one of the two',
  ],
]

test.each(pairs)('judges { %s } beside { %s }', (first, second, ...expected) => {
  expect(lines(`devices:\n  a: { ${first} }\n  b: { ${second} }`)).toEqual(expected)
})

const otherMistakes: readonly (readonly [text: string, ...lines: string[]])[] = [
  [
    'cloud: { url: "https://u:hunter2@host", token: { file: secret } }',
    'cloud.url: the URL holds a user or password; write the token under token',
  ],
  [
    'cloud: { url: receiver.example, token: { file: secret } }',
    'cloud.url: "receiver.example" is not a URL; write for instance https://receiver.example:8443',
  ],
  [
    'cloud: { url: "https://host", token: { file: none } }',
    'cloud.token: the file none does not exist; write the secret into it',
  ],
  [
    'cloud: { url: "https://host" }',
    'cloud: token is missing; write { file: path } or { env: NAME } and keep the secret there',
  ],
  ['storage: { max_size: 1MB }', 'storage.max_size: the buffer would be too small; write at least 16MB'],
  ['notify: { p: { mqtt: sensrs } }', 'notify.p.mqtt: there is no link sensrs; did you mean sensors?'],
  ['notify: { p: { mqtt: scale } }', 'notify.p.mqtt: scale is a serial_tcp link; name a broker or mqtt link'],
  ['notify: { p: { mqtt: sensors, topic: "a/{device}" } }', 'notify.p.topic: only {gateway} can stand in a topic here'],
  ['profiles: ./none', 'profiles: there are no profiles (*.yaml) in ./none'],
  ['devices: [ a ]', 'devices: devices is not a map of names; write name: { … } below it'],
  ['devices:\n  a: 5', 'devices.a: 5 is not a map (key: value); write a map (key: value)'],
]

test.each(otherMistakes)('judges %j', (text, ...expected) => {
  expect(lines(text)).toEqual(expected)
})

test.each([
  ['acme/metr', 'did you mean acme/meter? lineside profile list shows all'],
  ['ACME/meter', 'did you mean acme/meter? lineside profile list shows all'],
  ['acme/thermometer_9000', 'acme has acme/inverter, acme/meter, acme/node, acme/plug, acme/scale or acme/talker'],
  ['nobody/nothing', 'lineside profile list shows all'],
  ['./profiles/meter.yaml', 'write what stands behind profile: in that file, and its folder under profiles:'],
])('a device with the profile %s, which is not there, is told what to write', (profile, fix) => {
  expect(lines(`devices:\n  a: { profile: ${profile}, link: packing, unit_id: 1 }`)).toEqual([
    `devices.a.profile: there is no profile ${profile}; ${fix}`,
  ])
})

test.each([
  ['modbus: "192.0.2.10:502"', 'modbus: modbus is not a kind of link; write modbus_tcp, modbus_rtu_tcp or modbus_rtu'],
  ['MODBUS_TCP: "192.0.2.10:502"', 'MODBUS_TCP: MODBUS_TCP is not a kind of link; write modbus_tcp'],
])('a link { %s } is told which kinds there are', (link, line) => {
  expect(lines(`  more: { ${link} }`)).toEqual([`links.more.${line}`])
})

const typos: readonly (readonly [entry: string, line: string])[] = [
  ['profile: acme/meter, link: packing, unitid: 1', 'unitid: unitid is not a known key; write unit_id'],
  ['profile: acme/meter, link: packing, UNIT_ID: 1', 'UNIT_ID: UNIT_ID is not a known key; write unit_id'],
  ['profile: acme/meter, link: packing, slave_id: 1', 'slave_id: slave_id is not a known key; write unit_id'],
  ['profil: acme/meter, link: packing, unit_id: 1', 'profil: profil is not a known key; write profile'],
  ['profile: acme/meter, lnk: packing, unit_id: 1', 'lnk: lnk is not a known key; write link'],
  ['profile: acme/plug, link: sensors, tpic: plugs/7', 'tpic: tpic is not a known key; write topic'],
  [
    'profile: acme/meter, link: packing, number: 1',
    'number: number is not a known key; write unit_id, which is missing, or remove it',
  ],
  [
    'profile: acme/meter, link: packing, unit_id:1',
    'unit_id: there is no space behind the colon of unit_id; write unit_id: 1',
  ],
  ['profile: acme/meter, link: packing, unit_id 1', 'unit_id: there is no colon behind unit_id; write unit_id: 1'],
  [`${meter}, every: 1,5s`, 'every: 1,5s has a comma; write every: 1.5s'],
  [`${meter}, alarms: { a: { pont: voltage, high: 5 } }`, 'alarms.a.pont: pont is not a known key; write point'],
  [`${meter}, alarms: { a: { point: voltage, hihg: 5 } }`, 'alarms.a.hihg: hihg is not a known key; write high'],
]

test.each(typos)('a misspelled key in { %s } is one problem', (entry, line) => {
  expect(lines(`devices:\n  d: { ${entry} }`)).toEqual([`devices.d.${line}`])
})

test.each([
  [
    'link:\n  a: { modbus_tcp: "192.0.2.10:502" }\ndevices:\n  d: { profile: acme/meter, link: a, unit_id: 1 }',
    'link',
    'links',
  ],
  [
    'Templates: { t: { profile: acme/meter } }\nlinks:\n  a: { modbus_tcp: "192.0.2.10:502" }\ndevices:\n  d: { use: t, link: a, unit_id: 1 }',
    'Templates',
    'templates',
  ],
])('a misspelled section is one problem, and what it holds is known: %j', (text, written, meant) => {
  const { problems } = loadConfig('l.yaml', textIo({ 'l.yaml': `gateway: gw\n${text}\n` }))
  expect(problems.map(formatProblem)).toEqual([`l.yaml:2:1 ${written}: ${written} is not a known key; write ${meant}`])
})

test('two links do not share a port, whatever they call it', () => {
  expect(lines('  one: { modbus_rtu: /dev/ttyUSB0 }\n  two: { serial: /dev/serial/by-id/usb-USB0 }')).toEqual([
    'links.two.serial: one has /dev/serial/by-id/usb-USB0, which is /dev/ttyUSB0, already; put the devices of both on one link',
  ])
  expect(lines('  one: { modbus_rtu: /dev/ttyS0 }\n  two: { serial: /dev/ttyS0 }')).toEqual([
    'links.two.serial: one has /dev/ttyS0 already; put the devices of both on one link',
  ])
})

test('a device on an RTU line has a unit id that somebody answers', () => {
  expect(
    lines(`  line: { modbus_rtu_tcp: "x:4001" }
devices: { a: { profile: acme/meter, link: line, unit_id: 0 } }`),
  ).toEqual(['devices.a.unit_id: nobody on line answers unit id 0, which is for all; write 1 to 247'])
})

test('of two clients of one broker each has an id of its own', () => {
  expect(
    lines(`  one: { mqtt: mqtts://h, client_id: gw }
  two: { mqtt: "mqtts://h:8883", client_id: gw }
  three: { mqtt: mqtts://h }`),
  ).toEqual(['links.two.client_id: one is already the client gw of this broker; write another client_id'])
})

test('two brokers do not listen on one port', () => {
  const users = 'users: { u: { password: { file: secret } } }'
  expect(lines(`  more: { broker: "127.0.0.1:1883", ${users} }`)).toEqual([
    'links.more.broker: sensors listens on port 1883 already; choose another port',
  ])
})

const linkMistakes: readonly (readonly [entry: string, ...lines: string[]])[] = [
  ['modbus-tcp: "192.0.2.10:502"', 'links.a.modbus-tcp: modbus-tcp is not a kind of link; write modbus_tcp'],
  [
    'host: x',
    'links.a: the link does not say what it is; write modbus_tcp, modbus_rtu_tcp, modbus_rtu, serial_tcp, serial, broker or mqtt with an address',
  ],
  ['modbus_tcp: "x:502", broker: "y:1883"', 'links.a.broker: a is already a modbus_tcp link; make two links of it'],
  ['mqtt: mqtts://broker.example, username: edge, password: { file: secret }, version: 3.1.1, client_id: gw'],
  ['mqtt: "mqtt://127.0.0.1:1884", username: edge, password: { file: secret }'],
  ['mqtt: mqtt://broker.example, username: edge, password: { file: secret }, unencrypted_password: true'],
  [
    'mqtt: mqtt://broker.example, username: edge, password: { file: secret }',
    'links.a.mqtt: the password would be sent unencrypted; write mqtts://broker.example, or unencrypted_password: true where nobody else listens',
  ],
  [
    'mqtt: "mqtts://edge:hunter2@broker.example"',
    'links.a.mqtt: the URL holds a user or password; write them under username and password',
  ],
  [
    'mqtt: broker.example',
    'links.a.mqtt: "broker.example" is not the URL of a broker; write for instance mqtts://broker.example',
  ],
  [
    'mqtt: https://broker.example',
    'links.a.mqtt: "https://broker.example" is not the URL of a broker; write mqtts://host, or mqtt://host where it has no encryption',
  ],
  [
    'mqtt: mqtts://broker.example/plant',
    'links.a.mqtt: "mqtts://broker.example/plant" holds more than host and port; remove what follows them',
  ],
  [
    'mqtt: mqtt://127.0.0.1, password: { file: secret }, ca: ca.pem',
    'links.a.password: a password without a username; write username: too',
    'links.a.ca: ca means nothing where nothing is encrypted; write mqtts://127.0.0.1, or remove ca',
  ],
  [
    'mqtt: mqtts://broker.example, ca: none.pem',
    'links.a.ca: the file none.pem can not be read; write the path of a PEM file',
  ],
  [
    'mqtt: mqtts://broker.example, keep_alive: 1s, max_packet: 1B',
    'links.a.keep_alive: 1s is too short; write at least 5s',
    'links.a.max_packet: this is no size that packets may have; write 1kB to 16MB',
  ],
  ['modbus_tcp: "x:0"', 'links.a.modbus_tcp: there is nothing to connect to at port 0; write the port of the device'],
  [
    'modbus_rtu_tcp: "192.0.2.11"',
    'links.a.modbus_rtu_tcp: "192.0.2.11" has no port; write for instance "192.0.2.11:4001"',
  ],
  [
    'modbus_rtu_tcp: "x:0"',
    'links.a.modbus_rtu_tcp: there is nothing to connect to at port 0; write the port of the device',
  ],
  ['modbus_rtu: /dev/ttyUSB0, baud: 19200, parity: even, stop_bits: 1, data_bits: 8, request_gap: 5ms'],
  ['modbus_rtu: COM3', 'links.a.modbus_rtu: "COM3" is not the path of a port; write it as in /dev/serial/by-id/…'],
  ['modbus_rtu: /dev/ttyUSB0, baud: 19201', 'links.a.baud: 19201 is not a baud rate; write 19200'],
  ['modbus_rtu: /dev/ttyUSB0, data_bits: 7', 'links.a.data_bits: RTU needs 8 data bits; remove data_bits'],
  [
    'serial: /dev/ttyUSB0, parity: mark',
    'links.a.parity: "mark" is not one of the possible values; write none, even or odd',
  ],
  [
    'serial: /dev/ttyUSB0, max_in_flight: 2',
    'links.a.max_in_flight: max_in_flight is not a known key; known here: serial, baud, parity, stop_bits, data_bits, timeout',
  ],
  ['modbus_tcp: "x:502", max_in_flight: 99', 'links.a.max_in_flight: 99 is too large; write at most 16'],
  [
    'broker: "127.0.0.1:1883", users: {}, limits: { clients: 0, message_rate: 0, max_packet: 1GB }',
    'links.a.limits.clients: 0 is too small; write at least 1',
    'links.a.limits.message_rate: 0 is too small; write more than 0',
    'links.a.limits.max_packet: this is no size that packets may have; write 1kB to 16MB',
  ],
  ['broker: "127.0.0.1:1883"', 'links.a: users is missing; write a map (key: value)'],
  [
    'broker: "127.0.0.1:1883", users: { u: { password: { file: secret }, publish: [ "a/#/b" ] } }',
    'links.a.users.u.publish.0: "a/#/b": # is the last level',
  ],
]

test.each(linkMistakes)('judges the link { %s }', (entry, ...expected) => {
  const { problems } = loadConfig(
    'l.yaml',
    textIo({ 'l.yaml': `gateway: gw\nlinks: { a: { ${entry} } }`, secret: 'x' }),
  )
  expect(problems.map(problem => formatProblem(problem).replace(/^l\.yaml:\d+:\d+ /, ''))).toEqual(expected)
})

test('never throws, whatever becomes of a file', () => {
  const lineOf = head
    .trimEnd()
    .split('\n')
    .concat('devices:', `  d: { ${meter}, alarms: { a: { point: voltage, high: 5 } } }`)
  const tokens = [
    '',
    '-',
    '{',
    '}',
    '[ ]',
    'null',
    '5',
    '"',
    ': ',
    '  ',
    'constructor: {}',
    'devices: { a: { alarms: [ 1 ] } }',
    'templates: { t: 5 }',
    'notify: { n: }',
  ]
  const edits = fc.array(fc.tuple(fc.nat(lineOf.length), fc.nat(60), fc.constantFrom(...tokens)), {
    minLength: 1,
    maxLength: 4,
  })
  fc.assert(
    fc.property(edits, list => {
      const written = [...lineOf]
      for (const [at, column, token] of list) {
        const line = written[at] ?? ''
        written[at] = line.slice(0, column) + token + line.slice(column)
      }
      const { config, problems } = loadConfig('l.yaml', textIo({ 'l.yaml': written.join('\n'), secret: 'x' }))
      expect(config !== undefined || problems.length > 0).toBe(true)
    }),
    { numRuns: 150 },
  )
})
