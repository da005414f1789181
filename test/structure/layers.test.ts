import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** What must be refused, and by which folder's rule: the canary that tells when the linter has stopped looking. */
const forbidden: readonly [file: string, line: string][] = [
  ['contract/src/canary.ts', `import '@lineside/settings'`],
  ['contract/src/canary.ts', `import 'node:fs'`],
  ['contract/src/canary.ts', `import '../../agent/src/main.ts'`],
  ['contract/src/canary.ts', `export const t = Date.now()`],
  ['settings/src/canary.ts', `import '@lineside/contract'`],
  ['settings/src/canary.ts', `import 'node:net'`],
  ['device-profiles/src/canary.ts', `import 'lineside'`],
  ['device-profiles/src/canary.ts', `import 'node:fs'`],
  ['device-profiles/src/modbus/canary.ts', `import '../../../contract/src/index.ts'`],
  ['agent/src/links/canary.ts', `import 'lineside-sim'`],
  ['agent/src/links/canary.ts', `import '../../../contract/src/index.ts'`],
  ['agent/src/detect/canary.ts', `import 'node:fs'`],
  ['agent/src/detect/canary.ts', `import 'mqtt'`],
  ['agent/src/alarms/canary.ts', `import 'better-sqlite3'`],
  ['agent/src/poll/canary.ts', `import 'node:net'`],
  ['agent/src/poll/canary.ts', `import '../links/link.ts'`],
  ['agent/src/detect/canary.ts', `import '../buffer/api.ts'`],
  ['agent/src/poll/canary.ts', `export const r = Math.random()`],
  ['cloud-receiver/src/canary.ts', `import 'lineside'`],
  ['contract/src/canary.ts', `import '../../bench/src/main.ts'`],
  ['agent/src/links/canary.ts', `import '../../../prove/src/main.ts'`],
  ['cloud-receiver/src/canary.ts', `import '../../demo/src/main.ts'`],
  ['bench/src/canary.ts', `import '../../prove/src/main.ts'`],
  ['demo/src/canary.ts', `import '../../bench/src/main.ts'`],
  ['simulator/src/canary.ts', `import 'lineside'`],
  ['simulator/src/canary.ts', `import '../../agent/src/main.ts'`],
]

const allowed: readonly [file: string, line: string][] = [
  ['prove/src/canary.ts', `import '../../bench/src/main.ts'`],
  ['bench/src/canary.ts', `import '../../demo/src/main.ts'`],
  ['device-profiles/src/canary.ts', `import '@lineside/contract'`],
  ['agent/src/links/canary.ts', `import 'node:net'`],
  ['agent/src/detect/canary.ts', `import '@lineside/contract'`],
  ['cloud-receiver/src/canary.ts', `import '@lineside/contract'`],
  ['simulator/src/canary.ts', `import '@lineside/device-profiles'`],
  ['agent/src/poll/canary.ts', `import '@lineside/contract/testing'`],
]

const root = join(import.meta.dirname, '../..')
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lineside-canary-'))
  copyFileSync(join(root, '.oxlintrc.json'), join(dir, '.oxlintrc.json'))
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
})

afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** The rules that oxlint reports for one file with one line. */
function complaints(file: string, line: string): string[] {
  const path = join(dir, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${line}\n`)
  try {
    const args = [join(root, 'node_modules/.bin/oxlint'), '--format', 'json', file]
    const out = runLinter(args)
    const report = JSON.parse(out) as { diagnostics: { code: string }[] }
    return report.diagnostics.map(d => d.code).filter(code => code.includes('no-restricted'))
  } finally {
    rmSync(path)
  }
}

function runLinter(args: string[]): string {
  try {
    return execFileSync(process.execPath, args, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test.each(forbidden)('%s may not say %s', (file, line) => {
  expect(complaints(file, line)).toHaveLength(1)
})

test.each(allowed)('%s may say %s', (file, line) => {
  expect(complaints(file, line)).toEqual([])
})
