import type { Quality } from '@lineside/contract'
import type { LinkContext } from '../intake.ts'
import { type Entry, nothingRefused } from './entry.ts'
import { clocksDiffer, judgeTime, sampleAt } from './message-time.ts'
import { markRest, type PollOutcome } from './outcome.ts'
import { describeRefused } from './refused.ts'
import { wholeTurn } from './schedule.ts'
import type { RefusedRead } from './status.ts'

/** Delivers what a poll brought, and says so where the device refuses something else than before. */
export function tellOutcome(entry: Entry, outcome: PollOutcome, context: LinkContext): void {
  if (outcome.quality || hasAny(outcome.values)) deliver(entry, outcome, context)
  const refused = entry.device.refused?.() ?? nothingRefused
  const flaw = entry.device.flaw?.()
  if (refused === entry.refused && flaw === entry.flaw) return
  if (entry.health.state === 'online') tellLacks(entry, refused, flaw, context)
}

function tellLacks(
  entry: Entry,
  refused: readonly RefusedRead[],
  flaw: string | undefined,
  { clock, intake, log }: LinkContext,
): void {
  const wasRefused = entry.refused.length > 0
  const wasLacking = wasRefused || entry.flaw !== undefined
  entry.refused = refused
  entry.flaw = flaw
  const { name, points } = entry.device
  const all = points.length - (entry.device.absent?.().size ?? 0)
  const lacks = [...(flaw === undefined ? [] : [flaw]), ...(refused.length > 0 ? [describeRefused(refused, all)] : [])]
  if (lacks.length === 0 && !wasLacking) return
  if (wasLacking !== lacks.length > 0) entry.since = clock.now()
  const allIsWell = wasRefused ? 'nothing is refused any more' : 'it can be read as it is configured'
  const reason = lacks.length > 0 ? lacks.join('; ') : allIsWell
  intake.state({ scope: 'device', name, state: lacks.length > 0 ? 'degraded' : 'online', reason })
  if (refused.length > 0) log.warn({ device: name, reason }, 'device refuses reads')
  else if (wasRefused && lacks.length === 0) log.info({ device: name }, 'device refuses no reads any more')
}

/** All points of a device that is offline from now on are bad. */
export function tellLost(entry: Entry, text: string | undefined, context: LinkContext): void {
  const reason = text ?? 'no answer'
  const quality: Record<string, Quality> = {}
  const absent = entry.device.absent?.()
  const has = wholeTurn(entry.schedule).points.filter(name => !absent?.has(name))
  markRest(has, {}, quality, 'bad:communication')
  entry.meter.interrupted()
  deliver(entry, { values: {}, quality, answered: false }, context)
  changed(entry, 'offline', reason, context)
  context.log.warn({ device: entry.device.name, reason }, 'lost device')
}

/** The device answers again, `awayMs` after it was lost. */
export function tellBack(entry: Entry, awayMs: number, context: LinkContext): void {
  const everyMs = entry.schedule.groups[0]?.everyMs ?? Number.POSITIVE_INFINITY
  const missed = Math.floor(awayMs / everyMs)
  const reason = `back after ${Math.round(awayMs / 1000)} s, ${missed} polls missed`
  changed(entry, 'online', reason, context)
  context.log.info({ device: entry.device.name, missed }, `device ${reason}`)
}

/** The device has answered for the first time. */
export function tellOnline(entry: Entry, context: LinkContext): void {
  changed(entry, 'online', undefined, context)
}

function changed(
  entry: Entry,
  state: 'online' | 'offline',
  reason: string | undefined,
  { clock, intake }: LinkContext,
): void {
  entry.since = clock.now()
  // Whoever reads the states in order learns after this one that it is degraded, if it still is.
  entry.refused = nothingRefused
  entry.flaw = undefined
  const change = { scope: 'device' as const, name: entry.device.name, state }
  intake.state(reason === undefined ? change : { ...change, reason })
}

function deliver(entry: Entry, outcome: PollOutcome, { clock, intake }: LinkContext): void {
  const { values, quality, t } = outcome
  const { counters } = entry
  const now = clock.now()
  const verdict = judgeTime({ way: 'direct', t, newest: undefined, now, oldAfterMs: clocksDiffer })
  const sample = sampleAt(entry.device.name, quality ? { t, values, quality } : { t, values }, verdict, now)
  for (const name in quality) if (quality[name]?.startsWith('bad')) counters.badReadings++
  if (hasAny(values)) entry.lastValue = sample.t
  intake.sample(sample)
}

/** A turn may be of points alone that the device doesn't have. */
function hasAny(values: PollOutcome['values']): boolean {
  for (const _ in values) return true
  return false
}
