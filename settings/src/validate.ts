import * as z from 'zod'
import { type Document, documentOf, type Path } from './document.ts'
import { noWords, type KnownKeys, tellIssue, type Told, withoutEchoes } from './issue-words.ts'
import { nodeAt, plainValue, replaceAt } from './node.ts'
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
 * (`error`, `refine`, `ctx.issues.push`) are used as they are: what follows their first `; ` is the fix. A key that
 * nobody knows hides nothing: the rest is judged as if it had its right name, or were not there.
 */
export function validate<S extends z.ZodType>(
  schema: S,
  document: Document,
  options: ValidateOptions = {},
): Validated<z.output<S>> {
  const at = options.at ?? []
  const { document: respelled, slips } = respell(schema, document, at)
  const { value, told } = judge(schema, respelled, at)
  if (slips.length === 0 && told.length === 0) return value === undefined ? { problems: [] } : { value, problems: [] }
  const words = withoutEchoes([...slips, ...told])
  return { problems: sortProblems(words.map(one => problemOf(slips.includes(one) ? document : respelled, one))) }
}

/** The document with its misspelled keys by their right names and strange ones gone, and what is to be said of them. */
export function correctSpelling(
  schema: z.ZodType,
  document: Document,
  at: Path,
): { readonly document: Document; readonly problems: readonly Problem[] } {
  const { document: respelled, slips } = respell(schema, document, at, ({ isStrange }) => isStrange !== true)
  return { document: respelled, problems: slips.map(one => problemOf(document, one)) }
}

/** Most times that a correction may bring more to light, one in another. */
const maxRounds = 10

function respell(schema: z.ZodType, document: Document, at: Path, wanted: (told: Told) => boolean = () => true) {
  let current = document
  const slips: Told[] = []
  for (let round = 0; round < maxRounds; round++) {
    const unknown = judge(schema, current, at).told.filter(one => one.corrected !== undefined && wanted(one))
    if (unknown.length === 0) break
    slips.push(...unknown)
    for (const { path, corrected } of unknown) {
      const root = replaceAt(current.root, path.slice(0, -1), map =>
        map.kind === 'map' && corrected !== undefined ? corrected(map) : map,
      )
      current = documentOf(current.file, root)
    }
  }
  return { document: current, slips }
}

function judge<S extends z.ZodType>(
  schema: S,
  document: Document,
  at: Path,
): { readonly value?: z.output<S>; readonly told: readonly Told[] } {
  const node = nodeAt(document.root, at)
  const known: KnownKeys = new WeakMap()
  const result = schema.safeParse(node === undefined ? undefined : plainValue(node), {
    error: issue => {
      if (issue.code === 'unrecognized_keys' && issue.inst instanceof z.ZodObject) {
        known.set(issue.keys, knownKeys(issue.inst))
      }
      return noWords
    },
  })
  if (result.success) return { value: result.data, told: [] }
  return { told: result.error.issues.flatMap(issue => tellIssue({ document, at, known }, issue)) }
}

/** Keys of an object, each with other words for it (`insteadOf` of its schema's meta). */
function knownKeys({ shape }: z.ZodObject): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(shape).map(([key, schema]) => [key, otherWords(schema)]))
}

function otherWords(schema: unknown): readonly string[] {
  if (!(schema instanceof z.ZodType)) return []
  const { insteadOf } = z.globalRegistry.get(schema) ?? {}
  if (Array.isArray(insteadOf)) return insteadOf.map(String)
  return schema instanceof z.ZodOptional ? otherWords(schema.unwrap()) : []
}

function problemOf(document: Document, { path, message, fix, which, name }: Told): Problem {
  const problem = problemAt(document, path, message, fix, which)
  return name === undefined ? problem : { ...problem, path: [...path.slice(0, -1), name].map(String).join('.') }
}
