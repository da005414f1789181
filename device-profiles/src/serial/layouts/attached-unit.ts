const number = /^([+-]? *(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d{1,3}(?!\d))?)(.*)$/s

/** Takes a number and the unit behind it apart: at `mark`, or where the number ends. */
export function splitUnit(raw: unknown, mark: string | undefined): { readonly value: unknown; readonly unit: string } {
  if (typeof raw !== 'string') return { value: raw, unit: '' }
  if (mark !== undefined) {
    const end = raw.indexOf(mark)
    return end === -1 ? { value: raw, unit: '' } : { value: raw.slice(0, end), unit: raw.slice(end + mark.length) }
  }
  const match = number.exec(raw)
  return match ? { value: match[1], unit: match[2]?.trim() ?? '' } : { value: raw, unit: '' }
}

/** The reverse. */
export function joinUnit(value: string, unit: string, mark: string | undefined): string {
  return mark === undefined ? value + unit : `${value}${mark}${unit}`
}
