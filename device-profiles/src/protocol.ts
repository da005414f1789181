import { type Document, type Problem, problemAt, validate } from '@lineside/settings'
import { createHash } from 'node:crypto'
import type * as z from 'zod'
import type { DeviceProfile } from './profile.ts'
import type { ProfileBase } from './profile-base.ts'
import { type ProfileRaw, resolveBase } from './schema.ts'

/** One vector or round trip of a profile that went wrong. */
export interface ProfileTestFailure {
  /** Where: `tests 0: voltage_l1`, `round trip: power`. */
  readonly where: string
  /** Expected and got, lower case. */
  readonly message: string
}

/** What the library knows of one protocol. */
export interface Protocol {
  /** Its heading on the page of devices. */
  readonly title: string
  /** Judges the shape of a whole profile file; also the source of its JSON Schema. */
  readonly schema: z.ZodType
  /** Checks and resolves a document whose `extends` is merged already. */
  load(document: Document): { readonly profile?: DeviceProfile; readonly problems: readonly Problem[] }
  /** Runs the profile's `tests:` and decode(encode(x)) for its points. Empty: all is well. */
  test(profile: DeviceProfile): readonly ProfileTestFailure[]
}

/** What a protocol's folder gives to be one. Semantic rules stand in the schema (`check`), so that they have a place. */
export interface ProtocolParts<S extends z.ZodType<ProfileRaw>, P extends DeviceProfile> {
  readonly title: string
  /** `z.strictObject({ ...profileShape, protocol: z.literal('…'), … })`. */
  readonly schema: S
  resolve(raw: z.output<S>, base: ProfileBase): P
  is(profile: DeviceProfile): profile is P
  /** The runner behind `runProfileTests`. */
  test(profile: P): readonly ProfileTestFailure[]
}

export function defineProtocol<S extends z.ZodType<ProfileRaw>, P extends DeviceProfile>(
  parts: ProtocolParts<S, P>,
): Protocol {
  return {
    title: parts.title,
    schema: parts.schema,
    load(document) {
      const { value, problems } = validate(parts.schema, document)
      if (value === undefined) return { problems }
      const profile = parts.resolve(value, { ...resolveBase(value), version: versionOf(value) })
      const wrong = alarmProblems(profile, document)
      return wrong.length > 0 ? { problems: [...problems, ...wrong] } : { profile, problems }
    },
    test: profile => (parts.is(profile) ? parts.test(profile) : []),
  }
}

/** Proposed alarms on points that are not there, or that no limit can judge. */
function alarmProblems({ alarms = new Map(), points }: DeviceProfile, document: Document): readonly Problem[] {
  return [...alarms].flatMap(([name, { point, high, low }]) => {
    const path = ['alarms', name]
    const known = points.get(point)
    if (known === undefined) {
      return [problemAt(document, [...path, 'point'], `there is no point ${point}`, 'name a point of this profile')]
    }
    if (notNumbers.has(known.type)) {
      return [problemAt(document, [...path, 'point'], `${point} is no number (${known.type})`, 'name another point')]
    }
    if (high !== undefined || low !== undefined) return []
    return [problemAt(document, path, 'the alarm has no limit', 'write high: or low:')]
  })
}

const notNumbers: ReadonlySet<string> = new Set(['bool', 'string', 'enum', 'bitfield'])

/** Twelve hex digits that change with what a profile says. */
function versionOf(raw: ProfileRaw): string {
  const text = JSON.stringify(raw, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Map || value instanceof Set) return [...value]
    return value
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
