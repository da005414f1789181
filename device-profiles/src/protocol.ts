import { type Document, type Problem, problemAt, validate } from '@lineside/settings'
import { createHash } from 'node:crypto'
import type * as z from 'zod'
import type { Addressing } from './addressing.ts'
import { alarmMistakes } from './alarm-mistakes.ts'
import type { KeyOrder } from './key-order.ts'
import type { DeviceProfile } from './profile.ts'
import type { ProfileBase } from './profile-base.ts'
import type { Remark } from './remark.ts'
import { type ProfileRaw, resolveBase } from './schema.ts'

/** One vector or round trip of a profile that went wrong. */
export interface ProfileTestFailure {
  /** Where: `tests 0: voltage_l1`, `round trip: power`. */
  readonly where: string
  /** Expected and got, lower case. */
  readonly message: string
}

/** What differs from protocol to protocol. `point` is the name of one of the profile's points. */
interface Rules<P extends DeviceProfile> {
  /** Its heading on the page of devices. */
  readonly title: string
  readonly keyOrder: KeyOrder
  readonly addressing: Addressing<P>
  /** Runs the profile's `tests:` and decode(encode(x)) for its points. Empty: all is well. */
  test(profile: P): readonly ProfileTestFailure[]
  /** What is legal in a profile and most likely a mistake. */
  lint(profile: P): readonly Remark[]
  /** Whether the device is asked for its values, so that it is known how often they come. */
  isPolled(profile: P): boolean
  /** How often the profile has a point read, ms; undefined where it doesn't say. */
  everyMs(profile: P, point: string): number | undefined
  /** One step of a point's raw value, in the point's unit; undefined where nobody knows it. */
  stepOf(profile: P, point: string): number | undefined
  /** How the device leaves the factory, for people; undefined where nothing is known, or nothing can be set. */
  deliveredAs(profile: P): string | undefined
}

/** What the library knows of one protocol; of its profiles alone, see `protocolOf`. */
export interface Protocol<P extends DeviceProfile = DeviceProfile> extends Rules<P> {
  /** Judges the shape of a whole profile file; also the source of its JSON Schema. */
  readonly schema: z.ZodType
  /** Checks and resolves a document whose `extends` is merged already. */
  load(document: Document): { readonly profile?: P; readonly problems: readonly Problem[] }
}

/** What a protocol's folder gives to be one. Semantic rules stand in the schema (`check`), so that they have a place. */
interface ProtocolParts<S extends z.ZodType<ProfileRaw>, P extends DeviceProfile> extends Rules<P> {
  /** `z.strictObject({ ...profileShape, protocol: z.literal('…'), … })`. */
  readonly schema: S
  readonly resolve: (raw: z.output<S>, base: ProfileBase) => P
}

export function defineProtocol<S extends z.ZodType<ProfileRaw>, P extends DeviceProfile>({
  resolve,
  ...parts
}: ProtocolParts<S, P>): Protocol<P> {
  return {
    ...parts,
    load(document) {
      const { value, problems } = validate(parts.schema, document)
      if (value === undefined) return { problems }
      const profile = resolve(value, { ...resolveBase(value), version: versionOf(value) })
      const wrong = alarmProblems(profile, document)
      return wrong.length > 0 ? { problems: [...problems, ...wrong] } : { profile, problems }
    },
  }
}

/** Proposed alarms on points that are not there, or that can't be judged. */
function alarmProblems({ alarms = new Map(), points }: DeviceProfile, document: Document): readonly Problem[] {
  return [...alarms].flatMap(([name, alarm]) => {
    const path = ['alarms', name]
    const point = points.get(alarm.point)
    if (point === undefined) {
      const fix = 'name a point of this profile'
      return [problemAt(document, [...path, 'point'], `there is no point ${alarm.point}`, fix)]
    }
    return alarmMistakes(alarm, point).map(({ key, message, fix }) =>
      problemAt(document, key === undefined ? path : [...path, key], message, fix),
    )
  })
}

/** Twelve hex digits that change with what a profile says. */
function versionOf(raw: ProfileRaw): string {
  const text = JSON.stringify(raw, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Map || value instanceof Set) return [...value]
    return value
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
