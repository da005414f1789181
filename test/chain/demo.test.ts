import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, python } from '../needs.ts'
import { createFolder, startProgram } from '../program.ts'

const run = promisify(execFile)
const folder = createFolder()
const kept = join(folder.path, 'kept')
let report: Record<string, unknown> & { archive: { rows: number } }
let output: string
let status: number | null

beforeAll(async () => {
  const args = ['--conditions=source', join(import.meta.dirname, '../../demo/src/main.ts')]
  const file = join(folder.path, 'report.json')
  await using demo = startProgram(
    process.execPath,
    [...args, '--seconds', '20', '--report', file, '--keep', kept],
    folder.path,
  )
  status = await demo.ended
  output = demo.output()
  report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { archive: { rows: 0 } }
})

afterAll(() => folder[Symbol.dispose]())

test('20 seconds of the demo lose, double and alter nothing, over every kind of source', () => {
  expect(status, output).toBe(0)
  expect(report).toMatchObject({ lost: 0, duplicated: 0, altered: 0 })
  expect(report['stored']).toBe(report['produced'])
  expect(report['stored']).toBeGreaterThan(1000)
  expect(report['sources']).toEqual({
    modbus: expect.toSatisfy(n => n > 0),
    serial: expect.toSatisfy(n => n > 0),
    mqtt: expect.toSatisfy(n => n > 0),
  })
})

test('the alarms of the overheating press come while the uplink is cut', () => {
  expect(report['alarms']).toContainEqual(expect.objectContaining({ device: 'press_3', alarm: 'bearing_hot' }))
  expect(output).toMatch(/ALARM high press_3 bearing_hot: .*the uplink is cut/)
  expect(output).toContain('the demo plugs the uplink in again')
})

describeWith(['pyarrow'], 'pyarrow', () => {
  test('reads the archive: every row, the columns of the contract, times in UTC', async () => {
    const script = join(import.meta.dirname, '../others/pyarrow-read.py')
    const { stdout } = await run(python, [script, join(kept, 'archive')])
    const seen = JSON.parse(stdout)
    expect(seen.rows).toBe(report.archive.rows)
    expect(seen.columns).toMatchObject({
      gateway: expect.stringContaining('string'),
      device: expect.stringContaining('string'),
      point: expect.stringContaining('string'),
      t: 'timestamp[us, tz=UTC]',
      value_double: 'double',
      value_int: 'int64',
      value_text: 'string',
      quality: 'string',
      seq: 'int64',
      idx: 'int32',
      t_until: 'timestamp[us, tz=UTC]',
      readings: 'int64',
      value_min: 'double',
      value_max: 'double',
    })
    expect(seen.devices).toContain('press_3')
    expect(Math.abs(Date.now() - Date.parse(seen.first))).toBeLessThan(3_600_000)
  })
})
