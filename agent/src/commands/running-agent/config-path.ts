import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CommandIo } from '../command.ts'

/** Looked for in this order where no file is named. */
const usualPlaces = ['./lineside.yaml', '/etc/lineside/lineside.yaml']

export type ConfigPath = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly text: string }

/** The configuration file that a command means. */
export function findConfig(named: string | undefined, io: CommandIo): ConfigPath {
  if (named !== undefined) {
    const path = resolve(io.cwd, named)
    if (!existsSync(path)) return { ok: false, text: `there is no file ${path}` }
    if (statSync(path).isDirectory()) return { ok: false, text: `${path} is a folder; name the YAML file in it` }
    return { ok: true, path }
  }
  for (const place of usualPlaces) {
    const path = resolve(io.cwd, place)
    if (existsSync(path)) return { ok: true, path }
  }
  return { ok: false, text: `no configuration: there is neither ${usualPlaces.join(' nor ')}; name the file` }
}
