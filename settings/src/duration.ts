import * as z from 'zod'
import { describeValue } from './value-words.ts'

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const form = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/
const notDuration = (issue: { input?: unknown }) =>
  `${describeValue(issue.input)} is not a duration; ${unitMissing(issue.input) ?? respelled(issue.input) ?? 'write for instance 10s, 250ms or 5m'}`

function unitMissing(input: unknown): string | undefined {
  const bare = typeof input === 'number' || (typeof input === 'string' && /^\d+$/.test(input))
  return bare && Number(input) !== 0
    ? `write it with its unit, for instance ${Number(input)}s or ${Number(input)}ms`
    : undefined
}

/** What people write for a unit, in English and German, by the one that is meant. */
const otherWords: Readonly<Record<string, RegExp>> = {
  ms: /^(ms|msecs?|millis|milliseconds?|millisekunden?)$/i,
  s: /^(s|secs?|seconds?|sek|sekunden?)$/i,
  m: /^(m|mins?|minutes?|minuten?)$/i,
  h: /^(h|hrs?|hours?|std|stunden?)$/i,
  d: /^(d|days?|tage?)$/i,
}

/** `10 sec` and `1,5S` are meant as `10s` and `1.5s`. */
function respelled(input: unknown): string | undefined {
  const [, amount = '', word = ''] = /^\s*(\d+(?:[.,]\d+)?)\s*([a-z]+)\.?\s*$/i.exec(String(input)) ?? []
  const unit = Object.keys(otherWords).find(each => otherWords[each]?.test(word))
  return unit === undefined ? undefined : `write ${amount.replace(',', '.')}${unit}`
}

/** `250ms`, `10s`, `5m`, `1h`, `2d` → milliseconds, ≥ 0, whole. */
export const duration = z
  .string({ error: notDuration })
  .regex(form, { error: notDuration })
  .transform(text => {
    const [, amount = '0', unit = 'ms'] = form.exec(text) ?? []
    return Math.round(Number(amount) * (unitMs[unit] ?? 1))
  })
  .meta({ description: 'a duration: 250ms, 10s, 5m, 1h or 2d', examples: ['10s', '250ms', '5m'] })

/** A duration within bounds, both inclusive and written as durations. */
export function durationBetween(least: string, most: string) {
  const [min, max] = [duration.parse(least), duration.parse(most)]
  return duration
    .refine(ms => ms >= min, { error: issue => `${shown(issue.input)} is too short; write at least ${least}` })
    .refine(ms => ms <= max, { error: issue => `${shown(issue.input)} is too long; write at most ${most}` })
    .meta({ description: `a duration from ${least} to ${most}`, examples: [least, most] })
}

function shown(input: unknown): string {
  return typeof input === 'number' ? formatDuration(input) : describeValue(input)
}

/** The shortest way to write a number of milliseconds as a duration. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const factor = unitMs[unit] ?? 1
    if (ms >= factor && ms % factor === 0) return `${ms / factor}${unit}`
  }
  return `${ms}ms`
}
