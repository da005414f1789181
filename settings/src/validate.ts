import * as z from 'zod'
import type { Document, Path } from './document.ts'
import { noWords, type KnownKeys, tellIssue, withoutEchoes } from './issue-words.ts'
import { nodeAt, plainValue } from './node.ts'
import { type Problem, problemAt, sortProblems } from './problem.ts'

export interface ValidateOptions {
  /** Judges only what is written at this path, so that one device's problems stay its own. */
  readonly at?: Path
}

export interface Validated<T> {
  /** Absent exactly where there are problems. */
  readonly value?: T
  readonly problems: readonly Problem[]
}

/**
 * Judges a document by a schema; every problem in one pass, each with its place. A schema's own messages
 * (`error`, `refine`, `ctx.issues.push`) are used as they are: what follows their first `; ` is the fix.
 */
export function validate<S extends z.ZodType>(
  schema: S,
  document: Document,
  options: ValidateOptions = {},
): Validated<z.output<S>> {
  const at = options.at ?? []
  const node = nodeAt(document.root, at)
  const known: KnownKeys = new WeakMap()
  const result = schema.safeParse(node === undefined ? undefined : plainValue(node), {
    error: issue => {
      if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject) {
        known.set(issue.keys, Object.keys(issue.inst.shape))
      }
      return noWords
    },
  })
  if (result.success) return { value: result.data, problems: [] }
  const told = result.error.issues.flatMap(issue => tellIssue({ document, at, known }, issue))
  const problems = withoutEchoes(told).map(one => problemAt(document, one.path, one.message, one.fix, one.which))
  return { problems: sortProblems(problems) }
}
