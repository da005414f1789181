/** Beside its body a request costs headers, encryption, acknowledgements and its answer: some 700 bytes (estimated where nothing counts it). */
const requestOverheadBytes = 700
/** Headers of IP and TCP, and acknowledgements: 80 bytes for a packet of 1,400. */
const packetShare = 80 / 1400

/**
 * What a request took of the way, both ways, with the headers of packets. `carriedBytes`: what its connection counted, where
 * one did.
 */
export function wireBytes(bodyBytes: number, carriedBytes: number | undefined): number {
  if (carriedBytes === undefined) return bodyBytes + requestOverheadBytes
  return Math.ceil(carriedBytes * (1 + packetShare))
}

/** Once it was used up, data waits until so much of the budget may be spent again: fewer, fuller requests. */
const leastShare = 1 / 1000
const dayMs = 86_400_000

/** A calendar month in the plant's time zone. */
export interface Month {
  /** As `2026-11`. */
  readonly name: string
  /** How much of it is over, 0 to 1, and what share of it is one day. */
  readonly elapsed: number
  readonly day: number
}

export interface Spent {
  readonly month: string
  readonly bytes: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** To make one takes a hundred times as long as to use it; a plant has one time zone. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit'
  const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', ...fields })
  formats.set(timeZone, format)
  return format
}

/** The month of a moment; daylight saving time shifts it by an hour at most. */
export function monthOf(nowMs: number, timezone: string): Month {
  const parts = formatOf(timezone).formatToParts(nowMs)
  const of = (type: string) => Number(parts.find(part => part.type === type)?.value ?? 0)
  const [year, month] = [of('year'), of('month')]
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate()
  const elapsedDays = of('day') - 1 + of('hour') / 24 + of('minute') / 1440 + of('second') / 86_400
  const name = `${year}-${String(month).padStart(2, '0')}`
  return { name, elapsed: Math.min(1, elapsedDays / days), day: 1 / days }
}

/**
 * What may have been spent by now: the month's budget comes in evenly, a day ahead, so that it lasts to the end; what
 * is left over stays for later in the month.
 */
export function allowance(budgetBytes: number, { elapsed, day }: Month): number {
  return budgetBytes * Math.min(1, elapsed + day)
}

/** How long until data may be sent again, ms; 0: now. `isWaiting`: it had to stop before. */
export function budgetWaitMs(budgetBytes: number, spentBytes: number, month: Month, isWaiting: boolean): number {
  const wanted = spentBytes + (isWaiting ? budgetBytes * leastShare : 1)
  const missing = wanted - allowance(budgetBytes, month)
  if (missing <= 0) return 0
  const untilEnd = ((1 - month.elapsed) / month.day) * dayMs
  const monthMs = dayMs / month.day
  return Math.ceil(Math.min(untilEnd, (missing / budgetBytes) * monthMs)) + 1000
}

/** What was spent, with `bytes` more; a new month begins at 0, unless the clock that says so is doubtful. */
export function spend(before: Spent | undefined, bytes: number, month: Month, isCertain: boolean): Spent {
  if (before && (before.month === month.name || !isCertain)) return { ...before, bytes: before.bytes + bytes }
  return { month: month.name, bytes }
}

/** What `JSON.stringify` gave; undefined where it is something else. */
export function parseSpent(text: string | undefined): Spent | undefined {
  if (text === undefined) return undefined
  try {
    const { month, bytes }: Partial<Spent> = JSON.parse(text)
    return typeof month === 'string' && Number.isSafeInteger(bytes) ? { month, bytes: Number(bytes) } : undefined
  } catch {
    return undefined
  }
}
