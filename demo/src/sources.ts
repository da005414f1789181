import { readFileSync } from 'node:fs'
import { parseDocument } from '@lineside/settings'
import { isKind, linkKinds } from '../../agent/src/config/links/table.ts'
import { type Source, sources } from './report.ts'

type Fields = Readonly<Record<string, unknown>>

/** Device name → kind of source, from the links and devices of a lineside.yaml. */
export function sourcesOf(file: string): ReadonlyMap<string, Source> {
  const config = asMap(parseDocument(file, readFileSync(file, 'utf8')).document?.value)
  const links = asMap(config['links'])
  const templates = asMap(config['templates'])
  const found = new Map<string, Source>()
  for (const [name, device] of Object.entries(asMap(config['devices']))) {
    const own = asMap(device)
    const link = own['link'] ?? asMap(templates[String(own['use'])])['link']
    const kind = Object.keys(asMap(links[String(link)])).find(isKind)
    const source = sources.find(each => kind !== undefined && linkKinds[kind].protocols.includes(each))
    if (source) found.set(name, source)
  }
  return found
}

function asMap(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
