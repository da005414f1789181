import type * as z from 'zod'

/** Keys of a shape that may be there, one for each row of a table. */
export function optionalKeys<T extends Readonly<Record<string, { readonly schema: z.ZodType }>>>(rows: T) {
  const keys = Object.entries(rows).map(([key, { schema }]) => [key, schema.optional()] as const)
  // oxlint-disable-next-line no-unsafe-type-assertion -- fromEntries forgets which keys there are
  return Object.fromEntries(keys) as { readonly [K in keyof T]: z.ZodOptional<T[K]['schema']> }
}
