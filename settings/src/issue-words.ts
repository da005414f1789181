import type * as z from 'zod'
import { describeValue, expectedFix, expectedWords } from './value-words.ts'
import { suggest } from './did-you-mean.ts'
import type { Document } from './document.ts'
import { nodeAt, plainValue } from './node.ts'
import { bestBranch } from './union.ts'
import { readUnknownKey, type UnknownKey } from './unknown-keys.ts'

export type Issue = z.core.$ZodIssue

/** Stands where a schema has no message of its own. */
export const noWords = '\u0000'

/** Keys that an object schema knows, each with other words for it, by the issue's list of those it doesn't. */
export type KnownKeys = WeakMap<readonly string[], ReadonlyMap<string, readonly string[]>>

export interface Context {
  readonly document: Document
  /** Path of what is judged; the issues' paths begin there. */
  readonly at: readonly PropertyKey[]
  readonly known: KnownKeys
}

export interface Told {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly fix?: string
  readonly which?: 'key' | 'value'
  /** The key that is missing. */
  readonly missing?: string
  /** What its key is called, where what is written holds more. */
  readonly name?: string
  /** Of a key that nobody knows: its map as it was meant. */
  readonly corrected?: UnknownKey['corrected']
  /** An unknown key that is like none of the known ones. */
  readonly isStrange?: boolean
}

/**
 * A key that is missing where a strange one stands is one mistake: whoever wrote the one meant the other. Nor is a map
 * with a corrected key judged as a whole: what it seems to be may come from the correction.
 */
export function withoutEchoes(all: readonly Told[]): readonly Told[] {
  const corrected = new Set(all.flatMap(one => (one.corrected ? [JSON.stringify(one.path.slice(0, -1))] : [])))
  const told = all.filter(one => one.missing !== undefined || !corrected.has(JSON.stringify(one.path)))
  const mapOf = ({ path, missing }: Told) => JSON.stringify(missing === undefined ? path.slice(0, -1) : path)
  const missing = Map.groupBy(
    told.filter(one => one.missing !== undefined),
    mapOf,
  )
  const merged = new Set<string>()
  const rest = told.map(one => {
    const echoes = missing.get(mapOf(one))
    if (one.isStrange !== true || echoes === undefined || merged.has(mapOf(one))) return one
    merged.add(mapOf(one))
    const names = echoes.map(echo => echo.missing ?? '').join(' and ')
    return { ...one, fix: `write ${names}, which ${echoes.length === 1 ? 'is' : 'are'} missing, or remove it` }
  })
  return rest.filter(one => one.missing === undefined || !merged.has(mapOf(one)))
}

/** What a plant engineer is told about one of zod's issues; an unknown key each gets a sentence of its own. */
export function tellIssue(context: Context, issue: Issue): readonly Told[] {
  const path = [...context.at, ...issue.path]
  const written = nodeAt(context.document.root, path)
  if (written === undefined && path.length > 0) return [tellMissing(path, issue)]
  const value = written === undefined ? undefined : plainValue(written)
  const own = issue.message === noWords ? undefined : issue.message

  if (issue.code === 'unrecognized_keys') return issue.keys.map(key => tellUnknownKey(context, path, key, issue.keys))
  if (issue.code === 'invalid_key') {
    const inner = issue.issues.find(nested => nested.message !== noWords)?.message
    return [
      { path, which: 'key', message: own ?? inner ?? `${String(path.at(-1))} is not a name that can be used here` },
    ]
  }
  if (own !== undefined) return [{ path, message: own }]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) return tellUnion(context, path, issue)
  return [{ path, ...wordsOf(issue, value) }]
}

function tellMissing(path: readonly PropertyKey[], issue: Issue): Told {
  const advice = issue.message === noWords ? expectedFix(issue) : issue.message.split('; ').slice(1).join('; ')
  const message = `${String(path.at(-1))} is missing`
  return {
    path: path.slice(0, -1),
    which: 'key',
    missing: String(path.at(-1)),
    message,
    ...(advice === '' ? {} : { fix: advice }),
  }
}

function tellUnknownKey(context: Context, path: readonly PropertyKey[], key: string, keys: readonly string[]): Told {
  const written = nodeAt(context.document.root, path)
  if (written?.kind !== 'map') return { path: [...path, key], which: 'key', message: `${key} is not a known key` }
  const { key: place, ...said } = readUnknownKey(written, key, context.known.get(keys) ?? new Map())
  return { ...said, path: [...path, place], which: place === key ? 'key' : 'value' }
}

function tellUnion(
  context: Context,
  path: readonly PropertyKey[],
  issue: z.core.$ZodIssueInvalidUnion,
): readonly Told[] {
  const best = bestBranch(issue.errors)
  if (best.kind === 'branch') {
    return best.issues.flatMap(inner => tellIssue({ ...context, at: path }, inner))
  }
  const written = nodeAt(context.document.root, path)
  const value = written === undefined ? undefined : plainValue(written)
  const own = best.issues.find(inner => inner.message !== noWords)
  if (own !== undefined && best.issues.length === 1) return [{ path, message: own.message }]
  const wanted = [...new Set(best.issues.map(expectedWords))].join(' or ')
  return [{ path, message: `${describeValue(value)} does not fit`, fix: `write ${wanted}` }]
}

function wordsOf(issue: Issue, value: unknown): { message: string; fix?: string } {
  const shown = describeValue(value)
  switch (issue.code) {
    case 'invalid_type':
      return typeWords(issue, value)
    case 'invalid_value': {
      const values = issue.values.map(String)
      return { message: `${shown} is not one of the possible values`, fix: suggest(String(value), values) }
    }
    case 'too_small':
      return boundWords(
        issue.origin,
        value,
        `at least ${issue.inclusive === false ? 'more than ' : ''}${issue.minimum}`,
        'small',
      )
    case 'too_big':
      return boundWords(
        issue.origin,
        value,
        `at most ${issue.inclusive === false ? 'less than ' : ''}${issue.maximum}`,
        'large',
      )
    case 'not_multiple_of':
      return { message: `${shown} is not a multiple of ${issue.divisor}` }
    case 'invalid_format':
      return { message: `${shown} is not a valid ${issue.format === 'regex' ? 'text here' : issue.format}` }
    case 'invalid_union':
      return { message: `${shown} is not one of the possible values` }
    default:
      return { message: `${shown} can not be used here` }
  }
}

function typeWords(issue: z.core.$ZodIssueInvalidType, value: unknown): { message: string; fix?: string } {
  const wanted = expectedWords(issue)
  if (value === null && issue.path.length === 0) {
    return { message: 'nothing is written here', fix: 'write its keys below it, indented further' }
  }
  if (value === null) return { message: 'no value is written here', fix: `write ${wanted}, or remove the key` }
  if (wanted === 'a text' && (typeof value === 'number' || typeof value === 'boolean')) {
    return { message: `${describeValue(value)} is not a text`, fix: `write "${value}" in quotes` }
  }
  if (typeof value === 'bigint') return { message: `${value} is too large`, fix: 'write at most 9007199254740991' }
  const numeric = wanted === 'a number' || wanted === 'a whole number'
  if (numeric && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    return { message: `"${value}" is a text and not ${wanted}`, fix: `write ${value.trim()} without quotes` }
  }
  if (numeric && typeof value === 'string') {
    const [, number, tail = ''] = /^\s*(-?\d+(?:[.,]\d+)?)(.*?)\s*$/.exec(value) ?? []
    const meant = number?.replace(',', '.')
    if (meant !== undefined && tail === '') return { message: `"${value}" has a comma`, fix: `write ${meant}` }
    if (meant !== undefined && tail.startsWith('#')) {
      return { message: `"${value}" is not ${wanted}`, fix: `write ${meant}, and a space before #` }
    }
    if (meant !== undefined && /^\s*[^\d\s.,:/-]{1,8}$/.test(tail)) {
      return { message: `"${value}" is not ${wanted}`, fix: `write ${meant} alone` }
    }
  }
  if (typeof value === 'string' && wanted.startsWith('a map') && /^\w+:\S/.test(value)) {
    return { message: `${describeValue(value)} is a text and not a map`, fix: 'put a space behind the colon' }
  }
  return { message: `${describeValue(value)} is not ${wanted}`, fix: expectedFix(issue) }
}

function boundWords(origin: string, value: unknown, bound: string, word: string): { message: string; fix: string } {
  const counted = origin === 'array' || origin === 'string' || origin === 'map' || origin === 'set'
  if (!counted)
    return {
      message: `${describeValue(value)} is too ${word}`,
      fix: `write ${bound.replace('at least more', 'more').replace('at most less', 'less')}`,
    }
  if (origin === 'string') {
    if (value === '') return { message: 'the text is empty', fix: 'write something or remove the key' }
    return { message: `the text has ${String(value).length} characters`, fix: `write ${bound}` }
  }
  const length = Array.isArray(value) ? value.length : 0
  return { message: `the list has ${length} ${length === 1 ? 'entry' : 'entries'}`, fix: `write ${bound}` }
}
