import { readFileSync } from 'node:fs'
import { parseDocument } from '@lineside/settings'
import type { Source } from './report.ts'

const kinds: Readonly<Record<string, Source>> = {
  modbus_tcp: 'modbus',
  modbus_rtu_tcp: 'modbus',
  modbus_rtu: 'modbus',
  serial_tcp: 'serial',
  serial: 'serial',
  broker: 'mqtt',
  mqtt: 'mqtt',
}

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
    const kind = Object.keys(asMap(links[String(link)])).find(key => key in kinds)
    const source = kind === undefined ? undefined : kinds[kind]
    if (source) found.set(name, source)
  }
  return found
}

function asMap(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}
