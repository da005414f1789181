import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

test('what the packages ship builds, and runs without the sources', () => {
  const tsc = join(root, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-b', 'tsconfig.build.json'], { cwd: root, encoding: 'utf8' })
  for (const folder of ['agent', 'cloud-receiver', 'simulator']) {
    const main = join(root, folder, 'dist/main.js')
    expect(existsSync(main)).toBe(true)
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { version: string }
    expect(execFileSync(process.execPath, [main, 'version'], { encoding: 'utf8' })).toContain(manifest.version)
  }
})
