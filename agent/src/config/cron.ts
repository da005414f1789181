import { Cron } from 'croner'
import type { Calendar } from '../poll/calendar.ts'

/** What five cron fields mean in the time zone of the plant. */
export type ReadCron =
  | {
      readonly ok: true
      readonly calendar: Calendar
      /** Shortest time between two of the next times, ms. */
      readonly everyMs: number
    }
  | { readonly ok: false; readonly text: string; readonly fix: string }

export type CronReader = (written: string) => ReadCron

const example = 'write five fields, for instance "*/15 * * * *"'
/** Times that are looked at to know how often they come: more than a day of hours. */
const looksAhead = 30
/** Any day would do. */
const fromMs = Date.UTC(2026, 0, 1)

/** Reads each text once, for a template gives the same to many devices. */
export function createCronReader(timezone: string): CronReader {
  const known = new Map<string, ReadCron>()
  return written => {
    let read = known.get(written)
    if (!read) {
      read = readCron(written, timezone)
      known.set(written, read)
    }
    return read
  }
}

function readCron(text: string, timezone: string): ReadCron {
  if (text.startsWith('@') || text.trim().split(/\s+/).length !== 5) {
    return { ok: false, text: `${JSON.stringify(text)} is not five fields`, fix: example }
  }
  let cron: Cron
  try {
    // Without a function it runs nothing and only knows its times.
    cron = new Cron(text.trim(), { timezone, mode: '5-part' })
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    return { ok: false, text: `${JSON.stringify(text)} can not be read: ${lowerFirst(reason)}`, fix: example }
  }
  const calendar: Calendar = { text, after: utcMs => cron.nextRun(new Date(utcMs))?.getTime() }
  const times = nextTimes(calendar)
  const [first, second] = times
  if (first === undefined || second === undefined) {
    return { ok: false, text: `there is no day on which ${JSON.stringify(text)} is due`, fix: 'look at day and month' }
  }
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? time))
  return { ok: true, calendar, everyMs: Math.min(...gaps) }
}

function nextTimes(calendar: Calendar): readonly number[] {
  const times: number[] = []
  let from = fromMs
  while (times.length < looksAhead) {
    const next = calendar.after(from)
    if (next === undefined) break
    times.push(next)
    from = next
  }
  return times
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
