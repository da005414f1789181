import type { Quality, Sample } from '@lineside/contract'
import type { Decoded } from '@lineside/device-profiles'

/** How a message came, and so what its arrival says of when it was made. */
export type Way =
  /** Over a line that keeps nothing: whatever its clock says, the device has just said it. */
  | 'direct'
  /** Through others who may have held it back or send again what they remember: an MQTT message. */
  | 'relayed'
  /** The broker has had it for nobody knows how long. */
  | 'retained'
  /** The protocol says that it is the newest, however long ago it was measured. */
  | 'current'
  /** The protocol says that it is from the past. */
  | 'historical'

export interface MessageTime {
  readonly way: Way
  /** The message's own time, UTC ms; undefined where it has none. */
  readonly t: number | undefined
  /** The latest own time of those of its points that were read before, UTC ms. */
  readonly newest: number | undefined
  /** UTC ms. */
  readonly now: number
  /** From this age on it says nothing of now, ms. */
  readonly oldAfterMs: number
}

export interface TimeVerdict {
  /** Of what time it speaks: `kept` is shown as the newest known and judged by no detector, `past` is only stored. */
  readonly of: 'now' | 'kept' | 'past'
  /** The message's own time is believed; else the time of arrival counts. */
  readonly isOwn: boolean
  /** It has a time that can't be right: its readings are uncertain. */
  readonly isDoubtful: boolean
  /** It was held back, or sent again from memory, for too long. */
  readonly isOld: boolean
}

/**
 * Clocks in plants differ by so much, ms: a time further ahead is not believed, and a message is not old before that. So
 * a device whose clock is put back waits no longer than this until its times count as the newest again.
 */
export const clocksDiffer = 300_000

/** From which age on a message says nothing of now, ms: where the device's silence would make it stale. */
export function oldAfter(silentAfterMs: number): number {
  return Number.isFinite(silentAfterMs) ? Math.max(clocksDiffer, silentAfterMs) : clocksDiffer
}

/** Of what time a message speaks, and whether its own time is believed. */
export function judgeTime({ way, t, newest, now, oldAfterMs }: MessageTime): TimeVerdict {
  const verdict = { isOwn: t !== undefined, isDoubtful: false, isOld: false }
  if (way === 'historical') return { ...verdict, of: 'past' }
  const unknown = way === 'retained' ? 'kept' : 'now'
  if (t === undefined) return { ...verdict, of: unknown }
  if (t > now + clocksDiffer) return { ...verdict, of: unknown, isOwn: false, isDoubtful: true }
  const isOld = now - t > oldAfterMs
  if (way === 'current' || (way === 'direct' && !isOld)) return { ...verdict, of: 'now' }
  if (way === 'direct') return { ...verdict, of: 'now', isOwn: false, isDoubtful: true }
  if (newest !== undefined && t < newest) return { ...verdict, of: 'past', isOld }
  if (!isOld) return { ...verdict, of: 'now' }
  return { ...verdict, of: way === 'retained' ? 'kept' : 'past', isOld }
}

/** The sample of what a device said: by its own time where that is believed, else by that of the arrival. */
export function sampleAt(
  device: string,
  { t, values, quality }: Pick<Decoded, 'values' | 'quality'> & { readonly t?: number | undefined },
  { isOwn, isDoubtful }: Pick<TimeVerdict, 'isOwn' | 'isDoubtful'>,
  now: number,
): Sample {
  const when = isOwn && t !== undefined ? ({ t, clock: 'device' } as const) : { t: now }
  const base = { k: 'sample', device, ...when, values } as const
  const all = isDoubtful ? { ...doubtful(values), ...quality } : quality
  return all === undefined ? base : { ...base, quality: all }
}

function doubtful(values: Decoded['values']): Record<string, Quality> {
  const quality: Record<string, Quality> = {}
  for (const name in values) quality[name] = 'uncertain:clock_unsynchronised'
  return quality
}
