import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** Files over 300 lines, each with the reason why it is not split. Over 500 only a table may be. */
const reasons: Readonly<Record<string, string>> = {}

const root = join(import.meta.dirname, '../..')

const sizes = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.js'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(file => /^(contract|settings|device-profiles|agent|cloud-receiver|simulator|demo|bench|prove)\//.test(file))
  .filter(file => !/\.test\.ts$|\/testdata\/|\/generated\//.test(file))
  .map(file => ({ file, lines: readFileSync(join(root, file), 'utf8').split('\n').length - 1 }))

test('no file has over 300 lines without a reason, and none over 500', () => {
  expect(sizes.filter(s => s.lines > 300 && !(s.file in reasons))).toEqual([])
  expect(sizes.filter(s => s.lines > 500)).toEqual([])
})

test('reasons name only files that need one', () => {
  const long = new Set(sizes.filter(s => s.lines > 300).map(s => s.file))
  expect(Object.keys(reasons).filter(file => !long.has(file))).toEqual([])
})

test('half of the files have under 120 lines', () => {
  const sorted = sizes.map(s => s.lines).toSorted((a, b) => a - b)
  expect(sorted.length).toBeGreaterThan(20)
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(120)
})

test('no folder is named for nothing in particular', () => {
  expect(sizes.filter(s => /\/(common|utils?|shared|helpers?|misc)(\/|\.)/.test(s.file))).toEqual([])
})
