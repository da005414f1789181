import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Command } from './command.ts'

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Version of the agent, as its package says. */
export const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown'

export const versionCommand: Command = {
  name: 'version',
  summary: 'Print the version of Lineside and of Node',
  help: 'usage: lineside version [--json]\n\nexit status: 0 done, 2 wrong usage\n',
  run(args, io) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } })
    if (values.json === true) io.out(`${JSON.stringify({ lineside: version, node: process.version })}\n`)
    else io.out(`lineside ${version} (node ${process.version})\n`)
    return Promise.resolve(0)
  },
}
