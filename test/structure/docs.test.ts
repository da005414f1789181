import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const pages = ['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'docs/architecture.md']
const folders = /^(contract|settings|device-profiles|agent|cloud-receiver|simulator|demo|test|docs)\/[\w./-]*$/

test.each(pages)('%s names only files and folders that are there', page => {
  const text = readFileSync(join(root, page), 'utf8')
  const named = [...text.matchAll(/`([^`\n]+)`|\]\(([^)]+)\)/g)].map(match => match[1] ?? match[2] ?? '')
  const paths = named.filter(name => folders.test(name) && name !== 'docs/schema')
  expect(paths.length).toBeGreaterThan(0)
  expect(paths.filter(path => !existsSync(join(root, path)))).toEqual([])
})
