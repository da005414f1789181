const form = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})([SW]?)$/
const hourMs = 3_600_000
/** No meter with this interface is older: what says so has no time yet. */
const earliest = Date.UTC(2010, 0, 1)

/**
 * `YYMMDDhhmmss` in local time with S for summer or W for winter (DSMR P1), as UTC milliseconds. `winterOffset`: hours
 * that winter time is ahead of UTC. Without the letter the European dates of summer time decide, and the hour that
 * comes twice in autumn is none. Undefined: no time, as 632525252525W, or none that a meter can have.
 */
export function readDsmrTime(text: string, winterOffset: number): number | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, letter] = match
  const parts = [
    2000 + Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  ] as const
  const local = Date.UTC(...parts)
  const digits = `${year}${month}${day}${hour}${minute}${second}`
  if (local < earliest || wallClock(local) !== digits) return undefined
  const winter = local - winterOffset * hourMs
  const summer = winter - hourMs
  if (letter === 'W') return winter
  if (letter === 'S') return summer
  if (isSummer(summer) === isSummer(winter)) return isSummer(summer) ? summer : winter
  return undefined
}

/** The reverse, with the letter; whole seconds. */
export function writeDsmrTime(t: number, winterOffset: number): string {
  const summer = isSummer(t)
  return wallClock(t + (winterOffset + (summer ? 1 : 0)) * hourMs) + (summer ? 'S' : 'W')
}

function wallClock(local: number): string {
  return new Date(local).toISOString().slice(2, 19).replaceAll(/\D/g, '')
}

/** From the last Sunday of March, 01:00 UTC, to that of October (directive 2000/84/EC). */
function isSummer(t: number): boolean {
  const year = new Date(t).getUTCFullYear()
  return t >= lastSunday(year, 2) && t < lastSunday(year, 9)
}

function lastSunday(year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0))
  return Date.UTC(year, month, lastDay.getUTCDate() - lastDay.getUTCDay(), 1)
}
