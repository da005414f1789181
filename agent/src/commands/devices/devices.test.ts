import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import { dispatch } from '../dispatch.ts'
import { commands } from '../table.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'devices-'))
  mkdirSync(join(folder, 'conf.d'))
  writeFileSync(
    join(folder, 'lineside.yaml'),
    `gateway: g
include: [ conf.d/*.yaml ]
storage: { path: buffer, max_size: 1GB }
links: { hall: { modbus_tcp: "192.0.2.10:502" } }
templates: { meter: { profile: eastron/sdm630, link: hall, every: 5s } }
devices: { old: { use: meter, unit_id: 99 } }
`,
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function imported(csv: string, ...args: string[]): Promise<{ status: number; out: string; err: string }> {
  writeFileSync(join(folder, 'meters.csv'), csv)
  let out = ''
  let err = ''
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), env: {}, cwd: folder }
  return { status: await dispatch(['devices', 'import', 'meters.csv', ...args], commands, io), out, err }
}

const sensors = (...ratios: string[]) =>
  [
    'name;profile;link;unit_id;params.to_bar',
    ...ratios.map((ratio, n) => `p${n};generic/pressure-int16;hall;+${n + 1};${ratio}`),
  ].join('\n')
const configured = () => loadConfig(join(folder, 'lineside.yaml'), nodeConfigIo({}))

test('fifty equal devices become a file that passes check', async () => {
  const rows = Array.from({ length: 50 }, (_, n) => `meter_${n + 1};${n + 1};hall ${n % 3}`)
  const csv = `\ufeffName;Unit ID;tags.area\r\n${rows.join('\r\n')}\r\n`
  const { status, err } = await imported(csv, '--use', 'meter', '--output', 'conf.d/meters.yaml')
  expect({ status, err }).toEqual({ status: 0, err: `50 devices written to ${join(folder, 'conf.d/meters.yaml')}\n` })
  const { config, problems } = configured()
  expect(problems).toEqual([])
  expect(config?.devices.size).toBe(51)
  expect(config?.devices.get('meter_50')).toMatchObject({ unitId: 50, link: 'hall', tags: { area: 'hall 1' } })
  expect(await imported(csv, '--use', 'meter', '--output', 'conf.d/meters.yaml')).toMatchObject({
    status: 1,
    err: expect.stringContaining('--replace writes over it'),
  })
  const again = await imported(csv, '--use', 'meter', '--output', 'conf.d/meters.yaml', '--replace')
  expect(again.status).toBe(0)
})

test('texts stay texts and numbers numbers, whatever YAML would make of them', async () => {
  const csv = `name,profile,link,unit_id,every,tags.area,tags.no,params.x
a,xy/md02,hall,0x03,10s,on,007,
`
  const { out, status } = await imported(csv)
  expect(status).toBe(0)
  expect(out).toBe(`# made from meters.csv by lineside devices import
devices:
  a: { profile: xy/md02, link: hall, unit_id: 0x03, every: "10s", tags: { area: "on", "no": "007" } }
`)
})

test('everything that is wrong is told at once, where it stands in the table, and nothing is written', async () => {
  const csv = `name,template,unit_id,link,colour,every
m1,meter,1,,,
m1,meter,2,,,
m3,metre,3,,,
m4,meter,300,,,
m5,meter,5,hal,,10x
,meter,6,,,
m 7,meter,7,,,
old,meter,8,,,
m9,meter,1,,,
`
  const { status, out, err } = await imported(csv, '--output', 'conf.d/meters.yaml')
  expect(status).toBe(1)
  expect(out).toBe('')
  const lines = err.trimEnd().split('\n')
  expect(lines.map(line => line.replace(/^meters\.csv:/, '').slice(0, 60))).toEqual([
    expect.stringMatching(/^1:28 colour is no column of devices; write one of|^1:28 colour/),
    expect.stringMatching(/^3:1 name: m1 is already in line 2/),
    expect.stringMatching(/^4:4 devices\.m3\.use: there is no template metre/),
    expect.stringMatching(/^5:10 devices\.m4\.unit_id: /),
    expect.stringMatching(/^6:12 devices\.m5\.link: there is no link hal/),
    expect.stringMatching(/^6:17 devices\.m5\.every: "10x" is not a duration/),
    expect.stringMatching(/^7:1 name: the row has no name/),
    expect.stringMatching(/^8:1 devices\.m 7: "m 7" can not be a name/),
    expect.stringMatching(/^9:1 devices\.old: old is already defined at /),
    expect.stringMatching(/^10:10 devices\.m9\.unit_id: unit id 1 of hall is already m1/),
    'nothing written: 10 problems',
  ])
  expect(() => readFileSync(join(folder, 'conf.d/meters.yaml'))).toThrow('ENOENT')
})

test('numbers are taken as tables write them, and a comma that may be of thousands is not guessed at', async () => {
  expect((await imported(sensors('0,5', '1,234'))).out).toContain('unit_id: 2, params: { to_bar: 1.234 } }')
  expect((await imported(sensors('1e1'))).out).toContain('unit_id: 1, params: { to_bar: 10 } }')
  const unclear = await imported(sensors('1,234'))
  expect(unclear).toMatchObject({ status: 1, out: '' })
  expect(unclear.err).toContain('meters.csv:2:35 params.to_bar: 1,234 may be 1.234 or 1234; write 1.234 or 1234')
})

test('a column that is there twice is told, by whichever of its names', async () => {
  const { status, err } = await imported('name,unit_id,unit,name,tags.a,tags.b\nm1,1,2,m2,x,y\n', '--use', 'meter')
  expect(status).toBe(1)
  expect(err).toBe(
    `meters.csv:1:14 unit is the same as column 2, unit_id; remove one of them
meters.csv:1:19 name is the same as column 1, name; remove one of them
nothing written: 2 problems
`,
  )
})

test('a table that has a header alone is refused', async () => {
  const { status, out, err } = await imported('name,unit_id\n', '--use', 'meter')
  expect({ status, out }).toEqual({ status: 1, out: '' })
  expect(err).toBe('meters.csv:1:1 the table has no rows; write one a device\nnothing written: 1 problem\n')
})

test('a file that lineside.yaml does not include is said, with what to write', async () => {
  const { err, status } = await imported('name,unit_id\nm1,1\n', '--use', 'meter', '--output', 'more.yaml')
  expect(status).toBe(0)
  expect(err).toContain('for the agent to read it: include: [ more.yaml ]')
})

test('a table without names, one that is not there and another word are refused', async () => {
  expect((await imported('unit_id,link\n1,hall\n')).err).toContain('meters.csv:1:1 there is no column name')
  expect((await imported('')).err).toContain('the file is empty')
  const told = JSON.parse((await imported('name,unit_id\nm1,999\n', '--use', 'meter', '--json')).out)
  expect(told).toMatchObject({ devices: ['m1'], problems: [{ line: 2, column: 4 }] })
  const io = { out: () => {}, err: () => {}, env: {}, cwd: folder }
  expect(await dispatch(['devices', 'import', 'nowhere.csv'], commands, io)).toBe(1)
  expect(await dispatch(['devices', 'export'], commands, io)).toBe(2)
})
