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
  hmi: ['alarms', 'buffer', 'clock', 'config', 'describe.ts', 'links', 'pipeline.ts', 'poll', 'uplink'],
  health: ['buffer', 'clock', 'hmi', 'links', 'uplink'],
  commands: ['agent.ts', 'budget', 'buffer', 'clock', 'config', 'explore', 'health', 'hmi', 'links'],
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

const source = join(import.meta.dirname, '../../agent/src')
const links = join(source, 'links')

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
