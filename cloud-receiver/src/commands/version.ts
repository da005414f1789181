import { readFileSync } from 'node:fs'
import type { Command } from './command.ts'

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version of the receiver and of Node',
  help: 'usage: lineside-receiver version\n',
  run(_args, io) {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
    io.out(`lineside-receiver ${known ? String(manifest.version) : 'unknown'} (node ${process.version})\n`)
    return Promise.resolve(0)
  },
}
