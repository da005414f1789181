import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const programs = [
  ['agent', 'lineside'],
  ['cloud-receiver', 'lineside-receiver'],
  ['simulator', 'lineside-sim'],
] as const

test('what the packages ship builds, and runs without the sources', () => {
  const tsc = join(root, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-b', 'tsconfig.build.json'], { cwd: root, encoding: 'utf8' })
  for (const [folder, name] of programs) {
    const main = join(root, folder, 'dist/main.js')
    expect(execFileSync(process.execPath, [main, '--help'], { encoding: 'utf8' })).toMatch(
      new RegExp(`^usage: ${name} `, 'im'),
    )
  }
})
