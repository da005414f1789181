import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CommandIo } from './command.ts'

/** Looked for in this order where no file is named. */
const usualPlaces = ['./lineside.yaml', '/etc/lineside/lineside.yaml']

export type ConfigPath = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly text: string }

/** The configuration file that a command means. */
export function findConfig(named: string | undefined, io: CommandIo): ConfigPath {
  if (named !== undefined) {
    const path = resolve(io.cwd, named)
    return existsSync(path) ? { ok: true, path } : { ok: false, text: `there is no file ${path}` }
  }
  for (const place of usualPlaces) {
    const path = resolve(io.cwd, place)
    if (existsSync(path)) return { ok: true, path }
  }
  return { ok: false, text: `no configuration: there is neither ${usualPlaces.join(' nor ')}; name the file` }
}
