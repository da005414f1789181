import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What a tool of the workspace has to say; empty where it is content. */
function complaints(tool: string, ...args: string[]): string {
  try {
    execFileSync(join(root, 'node_modules/.bin', tool), args, { cwd: root, encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `${stdout}${stderr}`
  }
}

test('everything is formatted', () => {
  expect(complaints('biome', 'format', '.')).toBe('')
})

test('the linter has nothing to say', () => {
  expect(complaints('oxlint', '--type-aware', '--deny-warnings')).toBe('')
})

test('types hold', () => {
  expect(complaints('tsc', '--noEmit', '-p', 'tsconfig.json')).toBe('')
})

test('nothing is unused: files, exports, dependencies', () => {
  expect(complaints('knip', '--no-progress')).toBe('')
})
