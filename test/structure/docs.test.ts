import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { systemRules } from '../../agent/src/alarms/system-rules.ts'
import { kinds } from '../../agent/src/config/links/table.ts'
import { rules } from '../../prove/src/rules/rules.ts'

const root = join(import.meta.dirname, '../..')
const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n')
const parts = new Set(files.flatMap(file => (file.includes('/') ? [file.split('/')[0]] : [])))
/** The changelog speaks of what was, too. */
const pages = files.filter(file => file.endsWith('.md') && file !== 'CHANGELOG.md')

/** Files and folders that a page names, from the root: a path of the project in code, or where a link leads. */
function pathsIn(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const named = [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, name = '']) => name)
    .filter(name => /^[\w.-]+\/[\w./-]*$/.test(name) && parts.has(name.split('/')[0]))
  const linked = [...text.matchAll(/\]\(([^)\s#]+)/g)].map(([, link = '']) => link).filter(link => !/^\w+:/.test(link))
  return [...named, ...linked.map(link => normalize(join(dirname(page), link)))]
}

const missing = (paths: readonly string[]) => paths.filter(path => !existsSync(join(root, path)))

test.each(pages)('%s names only files and folders that are there', page => {
  expect(missing(pathsIn(page))).toEqual([])
})

test('paths are found on the pages that lead a newcomer', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md', 'docs/proofs.md']) {
    expect(pathsIn(page).length).toBeGreaterThan(3)
  }
})

test.each(kinds)('README has a row for links of kind %s', kind => {
  const rows = readFileSync(join(root, 'README.md'), 'utf8').match(/^\| `.*$/gm) ?? []
  expect(rows.filter(row => row.includes(`\`${kind}: `))).toHaveLength(1)
})

const alarmRows = readFileSync(join(root, 'docs/alarms.md'), 'utf8').match(/^\| `\w+` \| \w+, \w+ \|.*$/gm) ?? []

test.each(Object.entries(systemRules))('docs/alarms.md tells of %s as it is', (name, { priority, kind, action }) => {
  const row = alarmRows.filter(text => text.startsWith(`| \`${name}\` |`))
  expect(row).toHaveLength(1)
  expect(row[0]).toContain(` | ${priority}, ${kind} | `)
  expect(row[0]?.endsWith(` | ${action} |`)).toBe(true)
})

test('docs/alarms.md tells of no alarm that is not there', () => {
  expect(alarmRows).toHaveLength(Object.keys(systemRules).length)
})

/** `N1` to `A4`: the numbered paragraphs of the protocol, each under its letter. */
const ruleNames = readFileSync(join(root, 'docs/protocol.md'), 'utf8')
  .split(/^## (?=[A-Z]\. )/m)
  .slice(1)
  .flatMap(section => [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => `${section[0]}${number}`))

test('code cites only rules of the protocol that are there', () => {
  const cited = files
    .filter(file => file.endsWith('.ts'))
    .flatMap(file => [...readFileSync(join(root, file), 'utf8').matchAll(/\(protocol\.md, ([^)]+)\)/g)])
    .flatMap(([, list = '']) => list.match(/\b[A-Z]\d*\b/g) ?? [])
  expect(cited.length).toBeGreaterThan(50)
  const known = new Set([...ruleNames, ...ruleNames.map(name => name.slice(0, 1))])
  expect(cited.filter(name => !known.has(name))).toEqual([])
})

test('every rule of the delivery is switched off by a proof', () => {
  const switched = new Set(rules.map(({ name }) => name.split('-')[0]))
  const delivery = ruleNames.filter(name => /^[NSGRC]/.test(name))
  expect(delivery.length).toBeGreaterThan(20)
  expect(delivery.filter(name => !switched.has(name))).toEqual([])
})
