import { parseDecimal } from '../values/number-text.ts'
import type { TimeForm } from './profile.ts'

/** 2020-01-01 and 2100-01-01: a device that says anything else doesn't know the time. */
const earliest = 1_577_836_800_000
const latest = 4_102_444_800_000
const isoForm = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})$/

/** UTC milliseconds; undefined where there is no time, no offset, or no plausible one. */
export function readTime(raw: unknown, forms: readonly TimeForm[]): number | undefined {
  const t = Math.round(timeOf(raw, forms) ?? Number.NaN)
  return t >= earliest && t < latest ? t : undefined
}

function timeOf(raw: unknown, forms: readonly TimeForm[]): number | undefined {
  if (typeof raw === 'string' && forms.includes('iso')) {
    const match = isoForm.exec(raw)
    if (match) return Date.parse(`${match[1]?.replace(' ', 'T')}${match[2]?.replace(/(\d\d):?(\d\d)$/, '$1:$2')}`)
  }
  const number = typeof raw === 'string' ? parseDecimal(raw) : raw
  if (typeof number !== 'number') return undefined
  const form = forms.find(f => f !== 'iso')
  if (form === undefined) return undefined
  return form === 's' ? number * 1000 : number
}

/** A time as the device writes it. */
export function writeTime(t: number, form: TimeForm): number | string {
  if (form === 'iso') return new Date(t).toISOString()
  return form === 's' ? t / 1000 : t
}
