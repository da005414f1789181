import type * as z from 'zod'

/** A written value as it is shown in a sentence. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'nothing'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value)
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return 'a map'
}

const expected: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  object: 'a map (key: value)',
  record: 'a map (key: value)',
  map: 'a map (key: value)',
  array: 'a list',
  tuple: 'a list',
  null: 'nothing',
}

/** What an issue's schema wants, as words that follow "write" or "is not". */
export function expectedWords(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return expected[issue.expected] ?? `a ${issue.expected}`
  if (issue.code === 'invalid_value') return issue.values.map(String).join(' or ')
  const advice = issue.message.split('; ').at(1)
  return advice?.replace(/^write /, '') ?? 'something else'
}

export function expectedFix(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return ''
  if (issue.code === 'invalid_type' && issue.expected === 'array') return 'write a list: [ one, two ]'
  return `write ${expectedWords(issue)}`
}
