const form = /^(-?)(\d{1,3})(\d{2}(?:\.\d{1,9})?)$/

/** Degrees of `ddmm.mmmm` or `dddmm.mmmm`, to nine decimals: 4916.45 is 49.274166667 (NMEA 0183). */
export function parseNmeaDegrees(text: string): number | undefined {
  const match = form.exec(text)
  if (!match) return undefined
  const minutes = Number(match[3])
  if (minutes >= 60) return undefined
  const degrees = Math.round((Number(match[2]) + minutes / 60) * 1e9) / 1e9
  return (match[1] === '-' ? -degrees : degrees) + 0
}

/** `ddmm.mmmm` with so many decimals of a minute, at most six; default: five. */
export function formatNmeaDegrees(value: number, decimals = 5): string | undefined {
  if (!Number.isFinite(value) || Math.abs(value) >= 1000) return undefined
  const steps = 10 ** Math.min(decimals, 6)
  const total = Math.round(Math.abs(value) * 60 * steps)
  const degrees = Math.floor(total / (60 * steps))
  const [whole = '', rest] = ((total - degrees * 60 * steps) / steps).toFixed(Math.min(decimals, 6)).split('.')
  const minutes = whole.padStart(2, '0') + (rest === undefined ? '' : `.${rest}`)
  const text = String(degrees).padStart(2, '0') + minutes
  return value < 0 && total > 0 ? `-${text}` : text
}
