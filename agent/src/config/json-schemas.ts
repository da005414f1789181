import { extendingProfileSchema, protocols } from '@lineside/device-profiles'
import { jsonSchema, name } from '@lineside/settings'
import * as z from 'zod'
import { deviceEntry, templateEntry } from './devices/entry.ts'
import { linkKinds } from './links/table.ts'
import { mqttNotify } from './notify.ts'
import { configSchema } from './schema.ts'

const named = <S extends z.ZodType>(entry: S, description: string) =>
  z.record(name, entry).optional().meta({ description })

const wholeConfig = configSchema({
  links: named(z.union(Object.values(linkKinds).map(kind => kind.schema)), 'shared ways to devices'),
  templates: named(templateEntry, 'what several devices share, taken over with use'),
  devices: named(deviceEntry, 'field devices by name'),
  notify: named(mqttNotify, 'who hears of alarms'),
})

/** JSON Schemas for editors by file name: of lineside.yaml and of device profiles. */
export function editorSchemas(): Readonly<Record<string, Record<string, unknown>>> {
  const profile = z.union([...[...protocols.values()].map(protocol => protocol.schema), extendingProfileSchema])
  return {
    'lineside.schema.json': jsonSchema(wholeConfig, { id: 'lineside.schema.json', title: 'lineside.yaml' }),
    'profile.schema.json': jsonSchema(profile, { id: 'profile.schema.json', title: 'Lineside device profile' }),
  }
}
