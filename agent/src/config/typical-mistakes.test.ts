import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { nodeConfigIo } from './node-io.ts'

const example = readFileSync(join(import.meta.dirname, '../../../demo/lineside.yaml'), 'utf8')

const builtin = nodeConfigIo({}).builtinProfiles()

/** What is wrong with the demo's configuration after a change; its secrets are there, other files are not. */
function problemsOf(text: string, files: Readonly<Record<string, string>> = {}) {
  const all: Readonly<Record<string, string>> = { ...files, 'lineside.yaml': text }
  return loadConfig('lineside.yaml', {
    ...nodeConfigIo({}),
    builtinProfiles: () => builtin,
    read: path => all[path],
    list: pattern => Object.keys(all).filter(path => path.startsWith(pattern.replace(/\*.*$/, ''))),
    file: path => (/(token|plug\.secret|bridge\.secret|panel\.secret)$/.test(path) ? 'x' : undefined),
  }).problems
}

test('the example is right', () => {
  expect(problemsOf(example)).toEqual([])
})

type Mistake = readonly [what: string, written: string, instead: string, line: number, told: string]

const mistakes: readonly Mistake[] = [
  ['tab indent', '    unit_id: 7', '\tunit_id: 7', 28, 'devices.press_3: a tab is used to indent; indent with spaces'],
  [
    'over-indent line in map',
    '    unit_id: 7',
    '      unit_id: 7',
    28,
    'devices.press_3: unit_id stands further right than use above it; begin it in column 5',
  ],
  [
    'under-indent by 1',
    '    unit_id: 7',
    '   unit_id: 7',
    28,
    'devices.press_3: unit_id begins in a column in which nothing else does; begin it in column 5',
  ],
  [
    'under-indent by 2 (device level)',
    '    unit_id: 7',
    '  unit_id: 7',
    28,
    'devices.press_3: unit_id stands further left than what is around it; begin it in column 5',
  ],
  [
    'under-indent first key',
    '    use: press\n',
    '   use: press\n',
    27,
    'devices.press_3: use stands further left than what is around it; begin it in column 5',
  ],
  [
    'device over-indented',
    '  press_4: {',
    '   press_4: {',
    47,
    'devices.press_4: press_4 begins in a column in which nothing else does; begin it in column 3, or in column 5',
  ],
  [
    'device under-indented by 1',
    '  press_4: {',
    ' press_4: {',
    47,
    'devices.press_4: press_4 begins in a column in which nothing else does; begin it in column 3',
  ],
  [
    'top key over-indented',
    'timezone:',
    ' timezone:',
    3,
    'timezone: timezone stands further right than gateway above it; begin it in column 1',
  ],
  [
    'first line over-indented',
    'gateway:',
    '  gateway:',
    2,
    'gateway: gateway stands further right than timezone below it; begin it in column 1',
  ],
  [
    'section indented 2',
    'templates:',
    '  templates:',
    20,
    'templates: templates stands among the links; begin it in column 1',
  ],
  [
    'devices indented 2',
    '\ndevices:',
    '\n  devices:',
    23,
    'devices: devices stands among the templates; begin it in column 1',
  ],
  [
    'alarm prop over-indented',
    '        high: 80',
    '          high: 80',
    33,
    'devices.press_3: high stands further right than point above it; begin it in column 9',
  ],
  [
    'alarm first prop over',
    '        point: temperature',
    '          point: temperature',
    32,
    'devices.press_3: point stands further right than high below it; begin it in column 9',
  ],
  [
    'missing colon, block',
    '    unit_id: 7',
    '    unit_id 7',
    28,
    'devices.press_3: there is no colon behind unit_id; write unit_id: 7',
  ],
  ['missing colon section', 'devices:', 'devices', 23, 'devices: there is no colon behind devices; write devices:'],
  [
    'missing colon device block',
    'press_3:',
    'press_3',
    26,
    'devices.press_3: there is no colon behind press_3; write press_3:',
  ],
  [
    'missing colon in flow',
    'unit_id: 8',
    'unit_id 8',
    47,
    'devices.press_4.unit_id: there is no colon behind unit_id; write unit_id: 8',
  ],
  [
    'colon no space block',
    'unit_id: 7',
    'unit_id:7',
    28,
    'devices.press_3: there is no space behind the colon of unit_id; write unit_id: 7',
  ],
  [
    'colon no space last key',
    '        action: Stop',
    '        action:Stop',
    38,
    'devices.press_3: there is no space behind the colon of action; write action: Stop the press and call maintenance',
  ],
  [
    'colon no space flow',
    'unit_id: 8',
    'unit_id:8',
    47,
    'devices.press_4.unit_id: there is no space behind the colon of unit_id; write unit_id: 8',
  ],
  [
    'colon no space before {',
    'press_4: {',
    'press_4:{',
    47,
    'devices.press_4: there is no space behind the colon of press_4; write press_4: {',
  ],
  [
    'semicolon/equal',
    'unit_id: 7',
    'unit_id = 7',
    28,
    'devices.press_3: there is no colon behind unit_id; write unit_id: 7',
  ],
  [
    'duplicate key',
    '    unit_id: 7',
    '    unit_id: 7\n    unit_id: 9',
    29,
    'devices.press_3.unit_id: unit_id is already written in line 28; remove one of the two',
  ],
  [
    'duplicate device',
    '  press_4: {',
    '  press_3: {',
    47,
    'devices.press_3: press_3 is already written in line 26; remove one of the two',
  ],
  [
    'number in quotes',
    'unit_id: 7',
    'unit_id: "7"',
    28,
    'devices.press_3.unit_id: "7" is a text and not a number; write 7 without quotes',
  ],
  [
    'quote not closed value',
    'url: "http://127.0.0.1:18443"',
    'url: "http://127.0.0.1:18443',
    4,
    'cloud.url: the quote is not closed; write "http://127.0.0.1:18443"',
  ],
  [
    'quote not closed topic',
    '"lineside/{gateway}/alarms"',
    '"lineside/{gateway}/alarms',
    55,
    'notify.panel: the quote is not closed; write "lineside/{gateway}/alarms"',
  ],
  [
    'quote not closed block',
    'message: Bearing too hot',
    'message: "Bearing too hot',
    37,
    'devices.press_3: the quote is not closed; write "Bearing too hot"',
  ],
  [
    'single quote not closed block',
    'message: Bearing too hot',
    `message: 'Bearing too hot`,
    37,
    `devices.press_3: the quote is not closed; write 'Bearing too hot'`,
  ],
  [
    'curly quotes',
    'listen: "127.0.0.1:18080"',
    'listen: “127.0.0.1:18080”',
    6,
    'page.listen: "“127.0.0.1:18080”" is not an address; write "127.0.0.1:18080"',
  ],
  [
    'missing }',
    'unit_id: 8 }',
    'unit_id: 8',
    47,
    'devices.press_4: the { is not closed; write } at the end of the line',
  ],
  [
    'missing } inner',
    'token: { file: token } }',
    'token: { file: token }',
    4,
    'cloud: the { is not closed; write } at the end of the line',
  ],
  [
    'missing ] ',
    'publish: ["shellies/#"] }',
    'publish: ["shellies/#" }',
    16,
    'links.sensors: the [ is not closed; write ] before the } in column 71',
  ],
  [
    'missing } in block flow',
    '          message: Vibration is not what it was,\n        }',
    '          message: Vibration is not what it was,',
    41,
    'devices.press_3: the { is not closed; write } at the end of line 45',
  ],
  ['extra }', 'unit_id: 8 }', 'unit_id: 8 }}', 47, 'devices.press_4: there is a } too many; remove it'],
  [
    'missing {',
    'press_4: { use',
    'press_4: use',
    47,
    'devices.press_4: the { before the first key is missing; write { use: press, unit_id: 8 }',
  ],
  [
    'missing comma',
    'use: press, unit_id: 8',
    'use: press unit_id: 8',
    47,
    'devices.press_4: a comma is missing before unit_id; write one there',
  ],
  ['wrong bracket', 'unit_id: 8 }', 'unit_id: 8 ]', 47, 'devices.press_4: the { is closed by a ]; write }'],
  [
    'round brackets',
    '{ use: press, unit_id: 8 }',
    '( use: press, unit_id: 8 )',
    47,
    'devices.press_4: round brackets hold no keys; write { use: press, unit_id: 8 }',
  ],
  [
    'list instead of map devices',
    '  press_4: {',
    '  - press_4: {',
    47,
    'devices.press_4: a dash makes this an entry of a list, and keys stand beside it; remove the dash',
  ],
  [
    'map instead of list',
    'publish: ["zigbee2mqtt/#"]',
    'publish: "zigbee2mqtt/#"',
    17,
    'links.sensors.users.bridge.publish: "zigbee2mqtt/#" is not a list; write a list: [ one, two ]',
  ],
  [
    'list device',
    'tags: { line: A }',
    'tags: [ line, A ]',
    29,
    'devices.press_3.tags: a list is not a map (key: value); write a map (key: value)',
  ],
  [
    'umlaut device',
    'press_4:',
    'pressgröße_4:',
    47,
    'devices.pressgröße_4: "pressgröße_4" can not be a name; use letters, digits, _ and -, at most 64, beginning with a letter or digit',
  ],
  [
    'nbsp indent',
    '    unit_id: 7',
    '\u00a0\u00a0\u00a0\u00a0unit_id: 7',
    28,
    'devices.press_3: a space of another kind stands here, as text processors and web pages have it; write ordinary spaces',
  ],
  [
    'nbsp before value',
    'unit_id: 7',
    'unit_id: \u00a07',
    28,
    'devices.press_3: a space of another kind stands here, as text processors and web pages have it; write ordinary spaces',
  ],
  ['yes bool', 'page: {', 'page: { secure: yes, ', 6, 'page.secure: secure is not a known key; remove it'],
  [
    'on as off',
    '    tags: { line: A }',
    '    tags: { line: A }\n    points: { temperature: on }',
    30,
    'devices.press_3.points.temperature: "on" says nothing of a point; write off, or for instance { every: 10s }',
  ],
  [
    'decimal comma block',
    'hysteresis: 3',
    'hysteresis: 1,5',
    34,
    'devices.press_3.alarms.bearing_hot.hysteresis: "1,5" has a comma; write 1.5',
  ],
  [
    'decimal comma flow',
    'limit: 6',
    'limit: 6,5',
    43,
    'devices.press_3.detect.shake.zscore.limit: 6,5 has a comma; write limit: 6.5',
  ],
  [
    '10 s',
    'on_delay: 1s',
    'on_delay: 10 s',
    35,
    'devices.press_3.alarms.bearing_hot.on_delay: "10 s" is not a duration; write 10s',
  ],
  [
    '10sec',
    'on_delay: 1s',
    'on_delay: 10sec',
    35,
    'devices.press_3.alarms.bearing_hot.on_delay: "10sec" is not a duration; write 10s',
  ],
  [
    '1.5h flow',
    'every: 1s, tags',
    'every: 1,5s, tags',
    24,
    'devices.meter_main.every: 1,5s has a comma; write every: 1.5s',
  ],
  [
    '1min',
    'on_delay: 1s',
    'on_delay: 1min',
    35,
    'devices.press_3.alarms.bearing_hot.on_delay: "1min" is not a duration; write 1m',
  ],
  ['size GB space', 'max_size: 500MB', 'max_size: 500 MB', 5, 'storage.max_size: "500 MB" is not a size; write 500MB'],
  ['size mb lower', 'max_size: 500MB', 'max_size: 500mb', 5, 'storage.max_size: "500mb" is not a size; write 500MB'],
  [
    'IP space',
    '"127.0.0.1:15021"',
    '"127.0.0. 1:15021"',
    10,
    'links.press_line.modbus_tcp: "127.0.0. 1:15021" is not an address; write "127.0.0.1:15021"',
  ],
  [
    'IP space before port',
    '"127.0.0.1:15021"',
    '"127.0.0.1 :15021"',
    10,
    'links.press_line.modbus_tcp: "127.0.0.1 :15021" is not an address; write "127.0.0.1:15021"',
  ],
  [
    'IP lead zero',
    '"127.0.0.1:15021"',
    '"127.000.000.001:15021"',
    10,
    'links.press_line.modbus_tcp: 127.000.000.001 is no IPv4 address; write four numbers from 0 to 255 without zeros before them, for instance 192.0.2.10',
  ],
  [
    'IP comma',
    '"127.0.0.1:15021"',
    '"127,0,0,1:15021"',
    10,
    'links.press_line.modbus_tcp: "127,0,0,1:15021" is not an address; write "127.0.0.1:15021"',
  ],
  [
    'IP three',
    '"127.0.0.1:15021"',
    '"127.0.1:15021"',
    10,
    'links.press_line.modbus_tcp: 127.0.1 is no IPv4 address; write four numbers from 0 to 255 without zeros before them, for instance 192.0.2.10',
  ],
  [
    'port range',
    '"127.0.0.1:15021"',
    '"127.0.0.1:150210"',
    10,
    'links.press_line.modbus_tcp: "127.0.0.1:150210" is not an address; a port is at most 65535',
  ],
  [
    'port name',
    '"127.0.0.1:15021"',
    '"127.0.0.1:modbus"',
    10,
    'links.press_line.modbus_tcp: "127.0.0.1:modbus" is not an address; write the port as a number, for instance "127.0.0.1:502"',
  ],
  [
    'map addr',
    'modbus_tcp: "127.0.0.1:15021"',
    'modbus_tcp: { host: 127.0.0.1, port: 502 }',
    10,
    'links.press_line.modbus_tcp: a map is not an address; write "127.0.0.1:502"',
  ],
  [
    'tcp scheme',
    '"127.0.0.1:15021"',
    '"tcp://127.0.0.1:15021"',
    10,
    'links.press_line.modbus_tcp: "tcp://127.0.0.1:15021" is not an address; write "127.0.0.1:15021" without tcp://',
  ],
  [
    'wrong unit',
    '    tags: { line: A }',
    '    points: { temperature: { unit: "°C" } }\n    tags: { line: A }',
    29,
    'devices.press_3.points.temperature.unit: unit conversion is not supported in this version; remove it; values come in °C',
  ],
  ['upper key', 'unit_id: 7', 'UNIT_ID: 7', 28, 'devices.press_3.UNIT_ID: UNIT_ID is not a known key; write unit_id'],
  ['upper gateway key', 'gateway:', 'Gateway:', 2, 'Gateway: Gateway is not a known key; write gateway'],
  ['unitid', 'unit_id: 7', 'unitid: 7', 28, 'devices.press_3.unitid: unitid is not a known key; write unit_id'],
  [
    'profil',
    'profile: xy/md02',
    'profil: xy/md02',
    48,
    'devices.hall_climate.profil: profil is not a known key; write profile',
  ],
  [
    'lnk',
    'link: press_line, unit_id: 9',
    'lnk: press_line, unit_id: 9',
    48,
    'devices.hall_climate.lnk: lnk is not a known key; write link',
  ],
  [
    'password',
    'plug: { password',
    'plug: { pasword',
    16,
    'links.sensors.users.plug.pasword: pasword is not a known key; write password',
  ],
  [
    'modbus',
    'power: { modbus_tcp',
    'power: { modbus',
    9,
    'links.power.modbus: modbus is not a kind of link; write modbus_tcp, modbus_rtu_tcp or modbus_rtu',
  ],
  ['link singular', '\nlinks:', '\nlink:', 8, 'link: link is not a known key; write links'],
  [
    'anchor',
    'press: { profile',
    'press: &p { profile',
    21,
    'templates.press: &p is an anchor, and those are not used here; to share settings between devices write templates and use',
  ],
  [
    'alias',
    'press_4: { use: press',
    'press_4: { <<: *press',
    47,
    'devices.press_4.<<: merging with << is not used here; to share settings between devices write templates and use',
  ],
  [
    'profile none',
    'profile: xy/md02',
    'profile: xy/md20',
    48,
    'devices.hall_climate.profile: there is no profile xy/md20; did you mean xy/md02? lineside profile list shows all',
  ],
  [
    'include text',
    'timezone:',
    'include: conf.d/x.yaml\ntimezone:',
    3,
    'include: "conf.d/x.yaml" is not a list; write a list: [ one, two ]',
  ],
  [
    'link missing',
    'link: press_line, unit_id: 9',
    'link: pres_line, unit_id: 9',
    48,
    'devices.hall_climate.link: there is no link pres_line; did you mean press_line?',
  ],
  [
    'template missing',
    'use: press, unit_id: 8',
    'use: pres, unit_id: 8',
    47,
    'devices.press_4.use: there is no template pres; did you mean press?',
  ],
  ['unit id range', 'unit_id: 8', 'unit_id: 300', 47, 'devices.press_4.unit_id: 300 is too large; write at most 255'],
  [
    'null device',
    '  press_4: { use: press, unit_id: 8 }',
    '  press_4:',
    47,
    'devices.press_4: nothing is written here; write its keys below it, indented further',
  ],
  [
    'alarm point unknown',
    '        point: temperature',
    '        point: temprature',
    32,
    'devices.press_3.alarms.bearing_hot.point: banner/qm42vt2 has no point temprature; did you mean temperature?',
  ],
  ['timezone', 'Europe/Berlin', 'Berlin', 3, 'timezone: "Berlin" is not a time zone; did you mean Europe/Berlin?'],
  [
    'priority',
    'priority: high',
    'priority: hoch',
    36,
    'devices.press_3.alarms.bearing_hot.priority: "hoch" is not one of the possible values; write low, medium, high or critical',
  ],
  [
    'name space',
    'press_4:',
    'press 4:',
    47,
    'devices.press 4: "press 4" can not be a name; use letters, digits, _ and -, at most 64, beginning with a letter or digit',
  ],
  [
    'hash comment no space',
    'unit_id: 7',
    'unit_id: 7#seven',
    28,
    'devices.press_3.unit_id: "7#seven" is not a number; write 7, and a space before #',
  ],
  [
    'comment //',
    '    unit_id: 7',
    '    // unit\n    unit_id: 7',
    28,
    'devices.press_3: a comment begins with # and not with //; write #',
  ],
  [
    '@ value',
    'message: Bearing too hot',
    'message: @home',
    37,
    'devices.press_3: a text that begins with @ must stand in quotes; write "@home"',
  ],
  [
    '* value',
    'message: Bearing too hot',
    'message: *hot*',
    37,
    'devices.press_3.alarms.bearing_hot.message: *hot* is an alias, and those are not used here; put a text that begins with * in "quotes"; to share settings between devices write templates and use',
  ],
  [
    'colon in text',
    'message: Bearing too hot',
    'message: Attention: hot',
    37,
    'devices.press_3: a text with a colon and a space must stand in quotes; write "Attention: hot"',
  ],
  [
    'merge conflict',
    'timezone: Europe/Berlin',
    '<<<<<<< HEAD\ntimezone: Europe/Berlin\n=======\ntimezone: UTC\n>>>>>>> x',
    3,
    'down to line 7 stand two versions that git could not merge; keep one, and remove the lines with <<<<<<<, ======= and >>>>>>>',
  ],
  [
    'double comma',
    'use: press, unit_id: 8',
    'use: press,, unit_id: 8',
    47,
    'devices.press_4: there is a comma too many; remove it',
  ],
  [
    'cron unquoted',
    'link: press_line, unit_id: 9, every: 1s',
    'link: press_line, unit_id: 9, cron: */5 * * * *',
    48,
    'devices.hall_climate: a text that begins with * must stand in quotes; write "*/5 * * * *"',
  ],
  [
    'token inline',
    'token: { file: token }',
    'token: abc',
    4,
    'cloud.token: a secret is never written here; write { file: path } or { env: NAME } and keep the secret there',
  ],
  [
    'secret file missing',
    'file: plug.secret',
    'file: plug.secrt',
    16,
    'links.sensors.users.plug.password: the file plug.secrt does not exist; write the secret into it',
  ],
  [
    'baud on tcp',
    'power: { modbus_tcp: "127.0.0.1:15020"',
    'power: { modbus_tcp: "127.0.0.1:15020", baud: 9600',
    9,
    'links.power.baud: baud is not a known key; known here: modbus_tcp, timeout, request_gap, max_in_flight, bus_baud',
  ],
]

test.each(mistakes)('%s: one message, with its line and what to write', (_what, written, instead, line, told) => {
  expect(example).toContain(written)
  const problems = problemsOf(example.replace(written, () => instead))
  expect(problems.map(problem => formatProblem(problem).replace(/^lineside\.yaml:(\d+):\d+ /, '$1 '))).toEqual([
    `${line} ${told}`,
  ])
})

type Whole = readonly [what: string, change: (text: string) => string | Buffer, told: string | undefined]

const wholeFiles: readonly Whole[] = [
  ['line ends of Windows', text => text.replaceAll('\n', '\r\n'), undefined],
  ['a byte order mark', text => `\uFEFF${text}`, undefined],
  ['a line --- at the beginning', text => `---\n${text}`, undefined],
  [
    'line ends of an old Macintosh',
    text => text.replaceAll('\n', '\r'),
    '1:1 its lines end as those of an old Macintosh (CR); save it with line ends of Unix (LF) or Windows (CRLF)',
  ],
  ['UTF-16', text => Buffer.from(`\uFEFF${text}`, 'utf16le'), '1:1 the file is saved as UTF-16; save it as UTF-8'],
  [
    'Windows-1252',
    text => Buffer.from(text.replace('Bearing', 'L\u00e4ger'), 'latin1'),
    '37:19 devices.press_3: a character is lost, because the file is not saved as UTF-8; save it as UTF-8',
  ],
  ['nothing', () => '', '1:1 the file is empty; begin it with gateway: and a name'],
  ['a comment alone', () => '# later\n', '1:1 the file is empty; begin it with gateway: and a name'],
  [
    'a program',
    () => Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0]),
    '1:1 the file is no text; name a YAML file',
  ],
  ['gzip', () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), '1:1 the file is no text; name a YAML file'],
  [
    'a page of the web',
    () => '<html><body>404</body></html>\n',
    '1:1 the file is no configuration: it has no keys; begin it with gateway: and a name',
  ],
  [
    'a line of 100,000 characters',
    text => text.replace('Bearing too hot', 'B'.repeat(100_000)),
    '37:18 devices.press_3.alarms.bearing_hot.message: the text has 100000 characters; write at most 500',
  ],
  [
    'a key of 2,000 characters',
    text => text.replace('unit_id: 7', `${'u'.repeat(2000)}: 7`),
    '28:5 devices.press_3: no valid YAML: a key is longer than 1,024 characters; check the colon and the quotes',
  ],
]

test.each(wholeFiles)('%s: what concerns the whole file is one message, or none', (_what, change, told) => {
  const changed = change(example).toString()
  expect(problemsOf(changed).map(problem => formatProblem(problem).replace('lineside.yaml:', ''))).toEqual(
    told === undefined ? [] : [told],
  )
})

test.each([
  ['conf.d', 'conf.d is a folder; write conf.d/*.yaml'],
  ['conf.d/non.yaml', 'conf.d/non.yaml does not exist or can not be read; correct the path or remove it'],
])('an include of %s is one message, and links in files that are not there are not missed', (path, told) => {
  const text = example
    .replace('timezone:', `include: [ ${path} ]\ntimezone:`)
    .replace('  power: { modbus_tcp: "127.0.0.1:15020", timeout: 1s }\n', '')
  const problems = problemsOf(text, { 'conf.d/links.yaml': 'links: {}' })
  expect(problems.map(formatProblem)).toEqual([`lineside.yaml:3:12 include.0: ${told}`])
})

const profile = `profile: own/pump
vendor: Own
model: Pump
protocol: modbus
points:
  flow: { holding: 10, type: uint16, scale: 0.1, unit: m3/h }
  state: { holding: 11, type: uint16 }
`

test.each([
  [
    'flow: { holding: 10',
    'flow: { holding: 100000',
    '6:20 points.flow.holding: 100000 is too large; write at most 65536',
  ],
  ['flow: { holding: 10', 'flow: { holding: ten', '6:20 points.flow.holding: "ten" is not a number; write a number'],
  ['holding: 10,', 'holdng: 10,', '6:11 points.flow.holdng: holdng is not a known key; write holding'],
  ['type: uint16, scale', 'typ: uint16, scale', '6:24 points.flow.typ: typ is not a known key; write type'],
  ['profile: own', 'profil: own', '1:1 profil: profil is not a known key; write profile'],
  ['profile: own', 'profile own', '1:1 profile: there is no colon behind profile; write profile: own/pump'],
  ['protocol: modbus', 'protokol: modbus', '4:1 protokol: protokol is not a known key; write protocol'],
  ['scale: 0.1', 'scale: 0,1', '6:45 points.flow.scale: 0,1 has a comma; write scale: 0.1'],
  ['unit: m3/h }', 'unit: m3/h', '6:9 points.flow: the { is not closed; write } at the end of the line'],
  [
    '  state: {',
    '    state: {',
    '7:5 points.state: state stands further right than flow above it; begin it in column 3',
  ],
])('a slip in an own profile is one message there, and one at the device: %j as %j', (written, instead, told) => {
  const text = example
    .replace('timezone:', 'profiles: ./profiles\ntimezone:')
    .replace('press_4: { use: press, unit_id: 8 }', 'pump: { profile: own/pump, link: power, unit_id: 8 }')
  expect(problemsOf(text, { 'profiles/pump.yaml': profile })).toEqual([])
  const [atDevice, ...others] = problemsOf(text, { 'profiles/pump.yaml': profile.replace(written, instead) }).map(
    formatProblem,
  )
  expect(atDevice).toMatch(/^lineside\.yaml:48:20 devices\.pump\.profile: the profile own\/pump can not be used/)
  expect(others).toEqual([`profiles/pump.yaml:${told}`])
})
