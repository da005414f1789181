import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { dispatch } from '../dispatch.ts'
import { commands } from '../table.ts'

const folder = mkdtempSync(join(tmpdir(), 'lineside-profile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function typed(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    env: {},
    cwd: folder,
  }
  return { status: await dispatch(['profile', ...args], commands, io), out, err }
}

function profile(expected: number): string {
  const file = join(folder, 'meter.yaml')
  writeFileSync(
    file,
    `profile: own/meter
vendor: Own
model: Meter
protocol: modbus
sources: [ { title: the manual, confidence: high } ]
points:
  voltage: { input: 0, type: uint16, scale: 0.1, unit: V, range: [0, 400] }
tests:
  - { input: { 0x0000: "08FE" }, expect: { voltage: ${expected} } }
`,
  )
  return file
}

test('the list has every built-in profile once', async () => {
  const { status, out } = await typed('list', '--json')
  expect(status).toBe(0)
  const names = JSON.parse(out).map((row: { profile: string }) => row.profile)
  expect(names).toContain('eastron/sdm630')
  expect(new Set(names).size).toBe(names.length)
  expect((await typed('list')).out).toMatch(/eastron\/sdm630 +modbus +\d+ +Eastron/)
})

test('a profile is shown with what it needs, where it comes from and its points', async () => {
  const { out } = await typed('show', 'xy/md02')
  expect(out).toMatch(/temperature +input 1 \(0x1\) +int16 +0\.1 +°C +-40 … 60/)
  expect(out).toMatch(/\nas delivered: 9600 baud.*unit id 1\n/)
  expect(out).toContain('source: ')
  expect(JSON.parse((await typed('show', 'xy/md02', '--json')).out)).toMatchObject({
    profile: 'xy/md02',
    protocol: 'modbus',
  })
})

test('a profile shows how its registers become values, in columns that any point needs', async () => {
  const pointOf = async (of: string, name: string) =>
    JSON.parse((await typed('show', of, '--json')).out).points.find(({ point }: { point: string }) => point === name)
  expect(await pointOf('xy/md02', 'temperature')).toMatchObject({ where: 'input 1 (0x1)', type: 'int16', scale: [0.1] })
  expect(await pointOf('eastron/sdm630', 'voltage_l1')).toMatchObject({ type: 'float32', order: 'abcd' })
  expect(await pointOf('generic/pressure-float-cdab', 'pressure')).toMatchObject({ order: 'cdab' })
  expect(await pointOf('delta/vfd-ed', 'current')).toMatchObject({ scale_from: expect.stringMatching(/^holding \d+/) })
  const { out } = await typed('show', 'xy/md02')
  expect(out).toMatch(/POINT +WHERE +TYPE +SCALE +UNIT +RANGE\n/)
})

test('a mistyped name is answered with the one that was meant', async () => {
  expect(await typed('show', 'eastron/sdm63')).toMatchObject({
    status: 1,
    err: expect.stringMatching(/did you mean eastron\//),
  })
  expect((await typed('lst')).status).toBe(2)
})

test('own profiles are tested: a vector that comes out otherwise is told with both values', async () => {
  const good = await typed('test', profile(230.2))
  expect(good.out).toContain('own/meter: 1 point, all tests come out as they say')
  const bad = await typed('test', profile(231.5))
  expect(bad.status).toBe(1)
  expect(bad.out).toMatch(
    /meter\.yaml: tests 0: voltage: .*231\.5.*230\.2|meter\.yaml: tests 0: voltage: .*230\.2.*231\.5/,
  )
  expect((await typed('test', join(folder, 'nowhere.yaml'))).status).toBe(1)
})

test('a profile is made from a register list, and passes its own test', async () => {
  writeFileSync(join(folder, 'list.csv'), 'address;name;type;unit;scale\n0x0000;Voltage L1;U16;V;0,1\n')
  const args = ['new', 'list.csv', '--profile', 'own/made', '--table', 'input', '--output', 'profiles']
  expect(await typed(...args)).toMatchObject({ status: 0, err: expect.stringContaining('1 point written to ') })
  const tested = await typed('test', join(folder, 'profiles/own/made.yaml'))
  expect(tested).toMatchObject({ status: 0, out: 'own/made: 1 point, all tests come out as they say\n' })
  expect(await typed(...args)).toMatchObject({ status: 1, err: expect.stringContaining('--replace writes over it') })
  const told = JSON.parse((await typed('new', 'list.csv', '--profile', 'own/x', '--table', 'input', '--json')).out)
  expect(told).toMatchObject({ problems: [], points: 1, yaml: expect.stringContaining('voltage_l1: { input: 0x0000') })
})

test('a list that is not understood leaves nothing behind, wrong words are told', async () => {
  writeFileSync(join(folder, 'list.csv'), 'address,name,type\n40001,a,u17\n')
  const { status, err } = await typed('new', 'list.csv', '--profile', 'own/made2', '--output', 'profiles')
  expect(status).toBe(1)
  expect(err).toContain('list.csv:2:1 address: 40001 may be a printed number')
  expect(err).toContain('list.csv:2:9 type: u17: this is no type')
  expect(() => readFileSync(join(folder, 'profiles/own/made2.yaml'))).toThrow('ENOENT')
  expect((await typed('new', 'list.csv')).err).toContain('--profile : write vendor/model')
  expect((await typed('new', 'list.csv', '--profile', 'own/m', '--base', '2')).status).toBe(2)
  expect((await typed('new', 'nowhere.csv', '--profile', 'own/m')).err).toContain('nowhere.csv is not there')
})
