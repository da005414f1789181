import { readTime, writeTime } from '../mqtt/source-time.ts'
import type { Params } from '../values/point.ts'
import { factorOf } from '../values/scaling.ts'
import { readDsmrTime, writeDsmrTime } from './dsmr-time.ts'
import type { SerialMessage, SerialTimeForm } from './profile.ts'

/** Reads the times of a message, UTC ms; undefined where there is none that a device can mean. */
export function timeReader({ time }: SerialMessage, params: Params): (raw: unknown) => number | undefined {
  if (time === undefined) return () => undefined
  const others = time.forms.filter(isNotDsmr)
  if (others.length === time.forms.length) return raw => readTime(raw, others)
  const winterOffset = factorOf(time.utcOffset, params)
  return raw => (typeof raw === 'string' ? readDsmrTime(raw, winterOffset) : undefined) ?? readTime(raw, others)
}

/** A time as the device writes it, in the first of its forms. */
export function timeText({ time }: SerialMessage, t: number, params: Params): string {
  const form = time?.forms[0] ?? 'ms'
  return form === 'dsmr' ? writeDsmrTime(t, factorOf(time?.utcOffset ?? 0, params)) : String(writeTime(t, form))
}

function isNotDsmr(form: SerialTimeForm): form is Exclude<SerialTimeForm, 'dsmr'> {
  return form !== 'dsmr'
}
