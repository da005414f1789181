import { readFileSync } from 'node:fs'
import type { Command } from './command.ts'

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Version of the agent, as its package says. */
export const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version of Lineside and of Node',
  help: 'usage: lineside version\n',
  run(_args, io) {
    io.out(`lineside ${version} (node ${process.version})\n`)
    return Promise.resolve(0)
  },
}
