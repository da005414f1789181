import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseDocument } from '@lineside/settings'

export type StoragePath = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly text: string }

/** Where the configuration puts the buffer; everything else in it may be wrong, the running agent has an older one. */
export function storagePathOf(configPath: string): StoragePath {
  const { document, problems, damage = [] } = parseDocument(configPath, readFileSync(configPath, 'utf8'))
  const isUnclear = document === undefined || damage.some(({ path }) => /^(storage(\..*)?)?$/.test(path))
  const first = problems[0]
  if (first && isUnclear) return { ok: false, text: `${configPath}:${first.line}:${first.column} ${first.message}` }
  const value = document?.value
  const storage = typeof value === 'object' && value !== null && 'storage' in value ? value.storage : undefined
  const path = typeof storage === 'object' && storage !== null && 'path' in storage ? storage.path : defaultPath
  return { ok: true, path: resolve(dirname(configPath), String(path)) }
}

const defaultPath = '/var/lib/lineside'
