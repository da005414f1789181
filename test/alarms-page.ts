import { detectors } from '../agent/src/detect/detectors.ts'
import { alarmEntry } from '../device-profiles/src/index.ts'
import { jsonSchema } from '../settings/src/index.ts'
import { keyTable } from './key-table.ts'

/** docs/alarms.md as it stands, with the tables between its marks made anew. */
export function alarmsPage(text: string): string {
  const tables = new Map([
    ['alarms', tableOf('alarms', alarmEntry)],
    ...Object.entries(detectors).map(([key, { schema }]) => [key, tableOf(key, schema)] as const),
  ])
  const page = text.replaceAll(
    /(<!-- keys under (\w+): [^\n]*-->\n).*?(\n<!-- end -->)/gs,
    (whole, begin: string, name: string, end: string) => {
      const table = tables.get(name)
      tables.delete(name)
      return table === undefined ? whole : `${begin}\n${table}\n${end}`
    },
  )
  if (tables.size > 0)
    throw new Error(`docs/alarms.md has no place for the keys under ${[...tables.keys()].join(', ')}`)
  return page
}

function tableOf(key: string, schema: Parameters<typeof jsonSchema>[0]): string {
  return keyTable(`key under \`${key}\``, jsonSchema(schema, { id: key, title: key }))
}
