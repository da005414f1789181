import type * as z from 'zod'
import type { Detector } from './detector.ts'
import type { RuleText } from './rule.ts'

/** What is known of the point that a rule watches before anything was read. */
export interface Watched {
  /** How often it is read, ms; undefined where its device sends when it wants. */
  readonly everyMs: number | undefined
  /** Smallest spread of it that is believed, in its unit. */
  readonly spread: number
  /** Says what is wrong with a key of the rule, and what to write instead. */
  readonly refuse: (key: string, message: string, fix: string) => void
}

/** What only rules of this kind say. */
export type Own<R extends RuleText> = Omit<R, keyof RuleText>

/** What watches for rules of one kind: a row of `detectors.ts`. */
export interface RuleKind<R extends RuleText> {
  /** Goes on from `saved` (what `snapshot` gave, perhaps under other settings) where it can. `atMs` is monotonic. */
  create(rule: R, saved: unknown, atMs: number): Detector
}

/** One that can stand under `detect`. */
export interface DetectorKind<R extends RuleText> extends RuleKind<R> {
  /** What stands behind its key, made into what its rule says once the point is known. */
  readonly schema: z.ZodType<(watched: Watched) => Own<R>>
}

interface Row<S extends z.ZodType, R extends RuleText> {
  readonly schema: S
  readonly resolve: (written: z.output<S>, watched: Watched) => Own<R>
  readonly create: (rule: R, saved: unknown, atMs: number) => Detector
}

export function detectorKind<S extends z.ZodType, R extends RuleText>(row: Row<S, R>): DetectorKind<R> {
  const { schema, resolve, create } = row
  return { schema: schema.transform(written => (watched: Watched) => resolve(written, watched)), create }
}
