/** Left-aligned columns two blanks apart, as wide as their longest cell; the last one is not padded. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  }
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ')
  return rows.map(row => `${line(row).trimEnd()}\n`).join('')
}

/** Width of the terminals that everything fits on. */
const widest = 79

interface Wrapping {
  /** What the first line begins with. */
  readonly first: string
  /** What the others begin with. */
  readonly rest: string
  /** Lines are cut between what this separates. */
  readonly between?: string
}

/** A text in lines under 80 columns. */
export function wrapText(text: string, { first, rest, between = ' ' }: Wrapping): string[] {
  const [begin = '', ...parts] = text.split(between)
  const lines: string[] = []
  let line = `${first}${begin}`
  for (const part of parts) {
    const longer = `${line}${between}${part}`
    if (longer.length > widest) {
      lines.push(`${line}${between}`.trimEnd())
      line = `${rest}${part}`
    } else line = longer
  }
  return [...lines, line]
}

/** `8 s`, `12 min`, `3 h 5 min`, `2 d 4 h`, `30 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return withRest(`${hours} h`, minutes % 60, 'min')
  return withRest(`${Math.floor(hours / 24)} d`, hours % 24, 'h')
}

function withRest(whole: string, rest: number, unit: string): string {
  return rest === 0 ? whole : `${whole} ${rest} ${unit}`
}
