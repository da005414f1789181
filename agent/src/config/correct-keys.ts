import { correctSpelling, type Document, type Problem } from '@lineside/settings'
import * as z from 'zod'
import { writtenKeys } from './context.ts'
import { deviceEntry, templateEntry } from './devices/entry.ts'
import { configSchema } from './schema.ts'

const anything = z.unknown().optional()
/** lineside.yaml without what is in its maps of named entries. */
export const topSchema = configSchema({ links: anything, templates: anything, devices: anything, notify: anything })

/**
 * A misspelled key is told once, and all that follows sees it by its right name: what it holds is judged too, and nothing
 * is said to be missing for it.
 */
export function correctKeys(document: Document): {
  readonly document: Document
  readonly problems: readonly Problem[]
} {
  const problems: Problem[] = []
  const correct = (schema: z.ZodType, current: Document, at: readonly string[]) => {
    const corrected = correctSpelling(schema, current, at)
    problems.push(...corrected.problems)
    return corrected.document
  }
  let current = correct(topSchema, document, [])
  for (const [section, schema] of [
    ['templates', templateEntry],
    ['devices', deviceEntry],
  ] as const) {
    for (const name of writtenKeys(current, [section])) current = correct(schema, current, [section, name])
  }
  return { document: current, problems }
}
