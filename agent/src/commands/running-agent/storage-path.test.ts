import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { storagePathOf } from './storage-path.ts'

const folder = mkdtempSync(join(tmpdir(), 'lineside-storage-path-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function found(text: string) {
  const file = join(folder, 'lineside.yaml')
  writeFileSync(file, text)
  return storagePathOf(file)
}

function told(written: string): string {
  const answer = found(written)
  return answer.ok ? answer.path : answer.text.slice(folder.length + 1)
}

const text = 'gateway: gw\nstorage: { path: ./buffer }\ndevices:\n  a: { unit_id: 1 }\n'

test('the buffer is found beside any mistake elsewhere in the file', () => {
  const path = join(folder, 'buffer')
  expect(found(text)).toEqual({ ok: true, path })
  expect(found(text.replace('unit_id: 1 }', 'unit_id: 1'))).toEqual({ ok: true, path })
  expect(found(text.replace('unit_id', 'unitid'))).toEqual({ ok: true, path })
})

test('where the mistake is in storage itself, or in the file as a whole, it is told', () => {
  expect(told(text.replace('buffer }', 'buffer'))).toBe('lineside.yaml:2:10 the { is not closed')
  expect(told(text.replaceAll('\n', '\r'))).toMatch(/^lineside\.yaml:1:1 its lines end/)
})
