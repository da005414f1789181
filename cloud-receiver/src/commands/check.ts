import { parseArgs } from 'node:util'
import { formatSize } from '@lineside/settings'
import { readTls } from '../config/tls-files.ts'
import type { Command } from './command.ts'
import { UsageError } from './command.ts'
import { loadConfig } from './config-file.ts'
import { shortDisk } from './short-disk.ts'

export const checkCommand: Command = {
  name: 'check',
  summary: 'Check receiver.yaml and say what it means',
  help: `usage: lineside-receiver check [FILE]

Prints every problem of FILE (./receiver.yaml unless told) with file, line and column, and ends with status 1 if there
is one. Reads the TLS files too, and says where the disk has less room than the log may take. Starts nothing and changes
nothing.
`,
  run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true })
    if (positionals.length > 1) throw new UsageError(`one file at a time, not ${positionals.join(' ')}`)
    const loaded = loadConfig(positionals[0])
    if (!loaded.ok) {
      const found = loaded.lines.length === 1 ? '1 problem' : `${loaded.lines.length} problems`
      io.out(`${[...loaded.lines, '', `${found}: the receiver would not start`].join('\n')}\n`)
      return Promise.resolve(1)
    }
    const { config, from } = loaded
    readTls(config.tls)
    const { listen, tls, data, projections, limits } = config
    const planned = projections.map(({ name, summary }) => `  ${name.padEnd(10)}  ${summary}\n`).join('')
    io.out(`${from}
  listens on  ${tls === undefined ? 'http' : 'https'}://${listen.host}:${listen.port}
  data        ${data}
${planned === '' ? `  projections none: the log alone keeps what comes, the newest ${formatSize(limits.log)}\n` : planned}  limits      ${formatSize(limits.memory)} of memory for requests, ${formatSize(limits.gatewayRate)} a second and gateway, ${formatSize(limits.log)} of log
`)
    const short = shortDisk(config)
    if (short !== undefined) io.out(`\nwarning: ${short}\n`)
    return Promise.resolve(0)
  },
}
