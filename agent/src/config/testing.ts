import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConfigIo } from './context.ts'
import { nodeConfigIo } from './node-io.ts'

/** Real files, and the profiles under testdata/library in place of the built-in ones, which change over time. */
export function testIo(env: Readonly<Record<string, string>> = {}): ConfigIo {
  return { ...nodeConfigIo(env), builtinProfiles: testProfiles }
}

/** Files out of a record, beside the same profiles. */
export function textIo(texts: Readonly<Record<string, string>>): ConfigIo {
  return {
    read: path => texts[path],
    list: pattern => Object.keys(texts).filter(path => path.startsWith(pattern.replace(/\*.*$/, ''))),
    file: path => texts[path],
    env: () => undefined,
    builtinProfiles: testProfiles,
    realPath: path => path.replace(/^\/dev\/serial\/by-id\/usb-/, '/dev/tty'),
  }
}

function testProfiles() {
  return globSync(join(import.meta.dirname, 'testdata', 'library', '*.yaml'))
    .toSorted()
    .map(file => ({ file: `library${file.slice(file.lastIndexOf('/'))}`, text: readFileSync(file, 'utf8') }))
}
