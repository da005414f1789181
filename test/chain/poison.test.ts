import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, startProgram } from '../program.ts'

test('attackers get answers, and nothing under the name of an honest gateway into the log', async () => {
  using folder = createFolder()
  const main = join(import.meta.dirname, '../../prove/src/main.ts')
  await using prove = startProgram(
    process.execPath,
    ['--conditions=source', main, 'poison', '--seconds', '6'],
    folder.path,
  )
  await prove.ended
  const lines = prove.printed().trimEnd().split('\n')
  const report = JSON.parse(lines.at(-1) ?? '')
  // On a machine that others use the rate says nothing.
  const violations = lines.filter(line => line.startsWith('violation: ') && !line.startsWith('violation: RATE: '))
  expect(violations, prove.output()).toEqual([])
  expect(report.kinds).toMatch(/^(\d+) of \1$/)
})
