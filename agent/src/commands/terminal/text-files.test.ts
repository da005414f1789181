import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readText, refuseToReplace, writeText } from './text-files.ts'

function place() {
  const cwd = mkdtempSync(join(tmpdir(), 'text-files-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  return { cwd, io: { cwd, out: () => {}, err: () => {}, env: {} } }
}

test('what can not be read is one sentence with what to do', () => {
  const { cwd, io } = place()
  writeFileSync(join(cwd, 'good.csv'), '\uFEFFname\nMüller\n')
  expect(readText('good.csv', io)).toContain('Müller')
  writeFileSync(join(cwd, 'old.csv'), Buffer.from('name\nMaier\nMüller\n', 'latin1'))
  expect(() => readText('old.csv', io)).toThrow(/^old\.csv:3 has a character that is no UTF-8; save it as UTF-8/)
  writeFileSync(join(cwd, 'wide.csv'), Buffer.from('\uFEFFname\n', 'utf16le'))
  expect(() => readText('wide.csv', io)).toThrow('wide.csv is UTF-16; save it as UTF-8')
  expect(() => readText('none.csv', io)).toThrow('none.csv is not there')
  mkdirSync(join(cwd, 'folder'))
  expect(() => readText('folder', io)).toThrow('folder is a folder; name a file')
})

test('what is written makes its folders, and replaces nothing unasked', () => {
  const { cwd } = place()
  const path = join(cwd, 'a', 'b', 'c.yaml')
  refuseToReplace(path, false)
  writeText(path, 'x: 1\n')
  expect(readFileSync(path, 'utf8')).toBe('x: 1\n')
  expect(() => refuseToReplace(path, false)).toThrow('is there already; --replace writes over it')
  refuseToReplace(path, true)
  expect(() => writeText(join(path, 'd.yaml'), '')).toThrow('is below something that is no folder')
  expect(() => writeText('/proc/lineside/x.yaml', '')).toThrow(
    '/proc/lineside/x.yaml can not be made there; name another folder',
  )
})
