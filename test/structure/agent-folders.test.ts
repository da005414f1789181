import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** What each folder of the agent knows of the others. A folder may import what stands in its row, and nothing else. */
const knows: Readonly<Record<string, readonly string[]>> = {
  detect: ['config'],
  alarms: ['detect'],
  config: ['poll'],
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

const source = join(import.meta.dirname, '../../agent/src')
const files = globSync('*/**/*.ts', { cwd: source }).filter(file => !/\.test\.ts$|testing/.test(file))

/** Neighbours that the files of a folder import. */
function imports(folder: string): string[] {
  const found = new Set<string>()
  for (const file of files.filter(each => each.startsWith(`${folder}/`))) {
    for (const [, path = ''] of readFileSync(join(source, file), 'utf8').matchAll(/(?: from |import\()'(\.[^']+)'/g)) {
      const [neighbour = ''] = relative(source, join(source, dirname(file), path)).split('/')
      if (neighbour !== folder) found.add(neighbour)
    }
  }
  return [...found].toSorted()
}

test.each(Object.keys(knows))('%s imports only what it may know, and all of that', folder => {
  expect(imports(folder)).toEqual(knows[folder])
})

test('every folder of the agent has its row', () => {
  expect(new Set(files.map(file => file.split('/')[0]))).toEqual(new Set(Object.keys(knows)))
})
