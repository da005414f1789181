import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, startProgram } from '../program.ts'

test('after six kills -9 of agent or receiver nothing committed is lost, doubled or altered', async () => {
  using folder = createFolder()
  const main = join(import.meta.dirname, '../../prove/src/main.ts')
  await using prove = startProgram(process.execPath, ['--conditions=source', main, 'crash', '--cuts', '6'], folder.path)
  expect(await prove.ended, prove.output()).toBe(0)
  const report = JSON.parse(prove.printed().trimEnd().split('\n').at(-1) ?? '')
  const none = { lost: 0, duplicated: 0, altered: 0 }
  expect(report).toMatchObject({ ok: true, entries: none, readings: none, source: none })
  expect(report.committed.readings).toBeGreaterThan(500)
})
