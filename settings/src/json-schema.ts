import * as z from 'zod'

export interface JsonSchemaHead {
  readonly id: string
  readonly title: string
  readonly description?: string
}

/** JSON Schema (draft-07, which YAML editors understand) of what a user writes: durations as texts with a pattern. */
export function jsonSchema(schema: z.ZodType, head: JsonSchemaHead): Record<string, unknown> {
  const { $schema, ...body } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    // Words that people write for a key are nothing an editor should propose.
    override: ({ jsonSchema: written }) => void delete written['insteadOf'],
  })
  return {
    $schema,
    $id: head.id,
    title: head.title,
    ...(head.description === undefined ? {} : { description: head.description }),
    ...body,
  }
}
