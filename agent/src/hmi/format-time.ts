/** `10:42` today, `2026-11-25 10:42` before, as the plant's clocks show it. Times are UTC ms. */
export function formatTime(t: number, nowMs: number, timezone: string): string {
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' })
  const [date, time = ''] = format.format(t).split(' ')
  const [today] = format.format(nowMs).split(' ')
  return date === today ? time : `${date} ${time}`
}
