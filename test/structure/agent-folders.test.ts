import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** What each folder of the agent knows of the others. A folder may import what stands in its row, and nothing else. */
const knows: Readonly<Record<string, readonly string[]>> = {
  detect: [],
  alarms: ['detect'],
  config: ['detect', 'poll'],
  poll: ['intake.ts'],
  links: ['config', 'intake.ts', 'poll'],
  budget: ['config', 'links', 'poll'],
  explore: ['config', 'intake.ts', 'links'],
  buffer: ['alarms', 'intake.ts'],
  uplink: ['alarms', 'buffer', 'clock', 'config'],
  clock: ['alarms', 'buffer', 'config', 'describe.ts', 'uplink'],
  pipeline: ['alarms', 'buffer', 'intake.ts', 'poll'],
  control: ['buffer', 'pipeline'],
  hmi: ['alarms', 'buffer', 'clock', 'config', 'control', 'describe.ts', 'links', 'pipeline', 'poll', 'uplink'],
  health: ['buffer', 'clock', 'control', 'hmi', 'links', 'pipeline', 'uplink'],
  commands: ['agent.ts', 'budget', 'buffer', 'clock', 'config', 'control', 'explore', 'hmi', 'links'],
}

/**
 * What a protocol's folder of the links knows of the other folders there; the files on top of them serve all. `channel`
 * is the bytes below the protocols: sockets and serial ports. SunSpec is a way of laying out Modbus registers.
 */
const protocolKnows: Readonly<Record<string, readonly string[]>> = {
  broker: ['mqtt'],
  channel: [],
  modbus: ['channel', 'sunspec'],
  mqtt: ['channel'],
  serial: ['channel'],
  sunspec: ['modbus'],
}

/**
 * What a folder of the buffer knows of the rest of it; each stands below those it knows.
 * On top lies what joins folders: `commit.ts` and `open-store.ts` for the thread, `buffer.ts` for the agent.
 * `file` is the SQLite file as such, `store` what is in it: streams and rows, held in memory too, and the one transaction
 * that changes them.
 */
const bufferKnows: Readonly<Record<string, readonly string[]>> = {
  batch: [],
  file: ['batch'],
  store: ['batch', 'file'],
  sending: ['batch', 'file', 'store'],
  retention: ['batch', 'file', 'sending', 'store'],
  healing: ['batch', 'file', 'store'],
  reading: ['batch', 'file', 'sending', 'store'],
  notices: ['commit.ts', 'retention'],
  thread: ['batch', 'commit.ts', 'file', 'healing', 'notices', 'open-store.ts', 'retention', 'sending', 'store'],
}

/** What the buffer offers, and its errors: every folder of it may know them, they know none. */
const known = ['api.ts', 'error.ts']

const source = join(import.meta.dirname, '../../agent/src')
const links = join(source, 'links')
const buffer = join(source, 'buffer')

const sources = (root: string, pattern: string) =>
  globSync(pattern, { cwd: root }).filter(file => !/\.test\.ts$|testing/.test(file))

const folders = (root: string) => new Set(sources(root, '*/**/*.ts').map(file => file.split('/')[0]))

/** Paths, seen from a root, of what the files import that match a pattern. */
function imported(root: string, pattern: string): string[] {
  return sources(root, pattern).flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/(?: from |import\()'(\.[^']+)'/g)].map(([, path = '']) =>
      relative(root, join(root, dirname(file), path)),
    ),
  )
}

/** Neighbours of a folder, under the same root, that its files import. */
function neighbours(root: string, folder: string): string[] {
  const first = imported(root, `${folder}/**/*.ts`).map(path => path.split('/')[0] ?? '')
  return [...new Set(first)].filter(name => name !== folder && name !== '..').toSorted()
}

test.each(Object.keys(knows))('%s imports only what it may know, and all of that', folder => {
  expect(neighbours(source, folder)).toEqual(knows[folder])
})

test('every folder of the agent has its row', () => {
  expect(folders(source)).toEqual(new Set(Object.keys(knows)))
})

/** What a file of the agent loads when it is loaded, and what that loads, from the root. */
function loadedWith(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found
  found.add(file)
  const text = readFileSync(join(source, file), 'utf8')
  for (const [, path = ''] of text.matchAll(/^(?:import|export) (?!type )[^']*?'(\.[^']+)'/gm)) {
    loadedWith(join(dirname(file), path), found)
  }
  return found
}

test('the agent that runs for months holds no schema of its own answers in its memory, who asks does', () => {
  const answers = join('control', 'answers.ts')
  expect(loadedWith('commands/run.ts')).toContain(join('control', 'serve.ts'))
  expect(loadedWith('commands/run.ts')).not.toContain(answers)
  expect(loadedWith('commands/status.ts')).toContain(answers)
})

test.each(Object.keys(protocolKnows))('links/%s imports other protocols only where that is named', folder => {
  expect(neighbours(links, folder).filter(name => !name.endsWith('.ts'))).toEqual(protocolKnows[folder])
})

test('every protocol of the links has its row', () => {
  expect(folders(links)).toEqual(new Set(Object.keys(protocolKnows)))
})

test('of the files on top of the links only the table knows protocols', () => {
  const others = sources(links, '*.ts').filter(file => file !== 'table.ts')
  expect(others.flatMap(file => imported(links, file)).filter(path => /^[^./][^.]*\//.test(path))).toEqual([])
})

test.each(Object.keys(bufferKnows))('buffer/%s imports only what it may know, and all of that', folder => {
  expect(neighbours(buffer, folder).filter(name => !known.includes(name))).toEqual(bufferKnows[folder])
})

test('every folder of the buffer has its row, below those it knows', () => {
  const rows = Object.entries(bufferKnows)
  const order = rows.map(([folder]) => folder)
  expect(folders(buffer)).toEqual(new Set(order))
  const below = rows.flatMap(([folder, row]) =>
    row.filter(name => order.indexOf(name) > order.indexOf(folder)).map(name => `${folder}: ${name}`),
  )
  expect(below).toEqual([])
})

test('what the buffer offers, and its errors, know no folder of it', () => {
  const imports = known.flatMap(file => imported(buffer, file))
  expect(imports.filter(path => !path.startsWith('..'))).toEqual([])
})
