import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadConfig } from './load.ts'
import { textIo } from './testing.ts'

const plant = `gateway: gw
links:
  packing: { modbus_tcp: "192.0.2.10:502" }
templates:
  slow: { profile: acme/meter, link: packing }
devices:
  a:
    use: slow
    unit_id: 1
  b: { use: slow, unit_id: 2 }
`

function load(text: string) {
  const { config, problems } = loadConfig('l.yaml', textIo({ 'l.yaml': text }))
  return { running: config && [...config.devices.keys()], told: problems.map(formatProblem) }
}

const misplaced: readonly (readonly [written: string, instead: string, told: string, ...running: string[]])[] = [
  ['\ntemplates:', '\n  templates:', 'l.yaml:4:3 templates: templates stands among the links; begin it in column 1'],
  ['\ndevices:', '\n  devices:', 'l.yaml:6:3 devices: devices stands among the templates; begin it in column 1'],
  [
    '    unit_id: 1',
    '  unit_id: 1',
    'l.yaml:9:3 devices.a.unit_id: unit_id stands among the devices; begin it in column 5 to make it part of a',
    'b',
  ],
  [
    '  b: { use: slow, unit_id: 2 }',
    'b: { use: slow, unit_id: 2 }',
    'l.yaml:10:1 devices.b: b stands outside of devices; begin it in column 3',
    'a',
  ],
  ['  packing: {', 'packing: {', 'l.yaml:3:1 links.packing: packing stands outside of links; begin it in column 3'],
  ['  slow: {', 'slow: {', 'l.yaml:5:1 templates.slow: slow stands outside of templates; begin it in column 3'],
]

test.each(misplaced)(
  'what is good YAML in the wrong place is one message: %j as %j',
  (written, instead, told, ...names) => {
    expect(load(plant)).toEqual({ running: ['a', 'b'], told: [] })
    const { running = [], told: lines } = load(plant.replace(written, () => instead))
    expect(lines).toEqual([told])
    expect(running).toEqual(names)
  },
)

test('a section whose entries are indented with it is taken out whole', () => {
  const text = plant.replace(/devices:[^]*/, section => section.replaceAll(/^(?=.)/gm, '  '))
  expect(load(text).told).toEqual(['l.yaml:6:3 devices: devices stands among the templates; begin it in column 1'])
})

test('a device may be called as a section or a key is', () => {
  const text = plant.replace('  b:', '  notify:').replace('  a:', '  tags:').replace('packing: {', 'templates: {')
  const named = text.replace('link: packing', 'link: templates').replace('slow: {', 'slow: { every: 1s, ')
  expect(load(named)).toEqual({ running: ['tags', 'notify'], told: [] })
  const points = named.replace('devices:', '  points: { link: templates, every: 5s }\ndevices:')
  expect(load(points)).toEqual({ running: ['tags', 'notify'], told: [] })
})
