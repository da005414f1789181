import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openFolderStore } from './folder-store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-store-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const bytes = (text: string) => Buffer.from(text)
/** All but the mark of the run. */
const drafts = () => readdirSync(join(folder, '.incoming')).filter(name => /^\d+$/.test(name))

test('the first put of a key wins and the second changes nothing', async () => {
  const store = await openFolderStore(folder)
  expect(await store.putIfAbsent('a/b/1.json', bytes('one'))).toBe('created')
  expect(await store.putIfAbsent('a/b/1.json', bytes('two'))).toBe('exists')
  expect(String(await store.get('a/b/1.json'))).toBe('one')
  expect(await store.get('a/b/2.json')).toBeUndefined()
})

test('of many puts of one key at the same time exactly one creates it', async () => {
  const store = await openFolderStore(folder)
  const outcomes = await Promise.all(Array.from({ length: 20 }, (_, i) => store.putIfAbsent('k', bytes(`${i}`))))
  expect(outcomes.filter(o => o === 'created')).toHaveLength(1)
})

test('a listing gives the keys below a prefix and never what is unfinished', async () => {
  const store = await openFolderStore(folder)
  await store.putIfAbsent('_log/i/samples/0/0.json', bytes('x'))
  await store.putIfAbsent('_log/i/samples/0/7.json', bytes('x'))
  await store.putIfAbsent('_log/i/events/0/0.json', bytes('x'))
  writeFileSync(join(folder, '.incoming', '99'), 'half')
  expect((await store.list('_log/i/samples/0/')).toSorted()).toEqual([
    '_log/i/samples/0/0.json',
    '_log/i/samples/0/7.json',
  ])
  expect(await store.list('nothing/')).toEqual([])
  expect(await store.list('')).toHaveLength(3)
})

test('what a crash left unfinished is removed at the next start', async () => {
  await openFolderStore(folder)
  writeFileSync(join(folder, '.incoming', '0'), 'half')
  await openFolderStore(folder)
  expect(drafts()).toEqual([])
})

test('while its folder is away nothing is written, and none is made in its place', async () => {
  const root = join(folder, 'archive')
  const store = await openFolderStore(root)
  await store.putIfAbsent('a/1', bytes('x'))
  renameSync(root, join(folder, 'moved'))
  await expect(store.putIfAbsent('a/2', bytes('x'))).rejects.toThrow(/can't write a\/2: it is away/)
  expect(existsSync(root)).toBe(false)
  // As when a disk is unmounted, or somebody began anew.
  mkdirSync(join(root, '.incoming'), { recursive: true })
  await expect(store.putIfAbsent('a/2', bytes('x'))).rejects.toThrow(/restart the receiver to begin anew there/)
  expect(readdirSync(root)).toEqual(['.incoming'])
  rmSync(root, { recursive: true })
  renameSync(join(folder, 'moved'), root)
  expect(await store.putIfAbsent('a/2', bytes('x'))).toBe('created')
  expect(await store.putIfAbsent('a/1', bytes('x'))).toBe('exists')
})

test('a folder that cannot be written is an error that names it', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(openFolderStore(join(folder, 'file', 'archive'))).rejects.toThrow(/can't prepare it/)
})

test('a put that fails leaves no draft behind', async () => {
  const store = await openFolderStore(folder)
  for (let i = 0; i < 3; i++)
    await expect(store.putIfAbsent('n'.repeat(300), bytes('x'))).rejects.toThrow(/can't write/)
  expect(await store.putIfAbsent('good', bytes('x'))).toBe('created')
  expect(drafts()).toEqual([])
})
