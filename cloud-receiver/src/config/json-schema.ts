import { jsonSchema } from '@lineside/settings'
import { configSchema } from './config.ts'

/** JSON Schema of receiver.yaml for editors, by file name. */
export function receiverSchemas(): Readonly<Record<string, Record<string, unknown>>> {
  return { 'receiver.schema.json': jsonSchema(configSchema, { id: 'receiver.schema.json', title: 'receiver.yaml' }) }
}
