import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { profileCommand } from './profile.ts'

const folder = mkdtempSync(join(tmpdir(), 'lineside-profile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function typed(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), env: {}, cwd: '/' }
  return { status: await profileCommand.run(args, io), out, err }
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
  expect(out).toMatch(/temperature +int16 +Cel +-40 … 60/)
  expect(out).toContain('source: ')
  expect(JSON.parse((await typed('show', 'xy/md02', '--json')).out)).toMatchObject({
    profile: 'xy/md02',
    protocol: 'modbus',
  })
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
  expect(good.out).toContain('own/meter: 1 points, all tests come out as they say')
  const bad = await typed('test', profile(231.5))
  expect(bad.status).toBe(1)
  expect(bad.out).toMatch(
    /meter\.yaml: tests 0: voltage: .*231\.5.*230\.2|meter\.yaml: tests 0: voltage: .*230\.2.*231\.5/,
  )
  expect((await typed('test', join(folder, 'nowhere.yaml'))).status).toBe(1)
})
