import type { Entry } from '../entries.ts'
import { isEmpty, type Slip } from '../slip.ts'

/** Entries that begin in one column, below one key. */
export interface Level {
  readonly indent: number
  /** Indexes of its first and last entry. */
  readonly first: number
  last: number
}

/** What was seen of the lines when an entry did not fit. */
export interface Layout {
  readonly lines: readonly string[]
  readonly entries: readonly Entry[]
  readonly levels: readonly Level[]
  readonly ended: readonly (readonly number[])[]
  /** Of the entry that doesn't fit. */
  readonly index: number
}

/** Those of a level, up to an index. */
export function entriesOf(entries: readonly Entry[], level: Level, index: number): readonly Entry[] {
  return entries.slice(level.first, index).filter(({ indent }) => indent === level.indent)
}

/** Whether the level in that column goes on behind an entry and what is below it. */
export function goesOn(entries: readonly Entry[], index: number, column: number): boolean {
  const [entry, below] = [entries[index], entries[index + 1]] as const
  if (entry === undefined || below === undefined) return false
  if (!entry.isOpener || below.indent <= entry.indent) return below.indent === column
  if (below.indent === column) return false
  return entries.find(({ indent }, at) => at > index && indent < below.indent)?.indent === column
}

/** Entries from an index on that are indented further than `column`. */
export function runFrom(entries: readonly Entry[], index: number, column: number): readonly Entry[] {
  const end = entries.findIndex((entry, at) => at >= index && entry.indent <= column)
  return entries.slice(index, end < 0 ? entries.length : end)
}

/** By how much this text indents, where it does so most often. */
export function usualStep(entries: readonly Entry[]): number {
  const counts = new Map<number, number>()
  for (const [index, entry] of entries.entries()) {
    const step = entry.indent - (entries[index - 1]?.indent ?? 0)
    if (entries[index - 1]?.isOpener && step > 0) counts.set(step, (counts.get(step) ?? 0) + 1)
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1])
  return most?.[0] ?? 2
}

/** The line of an entry, and those down to `last`, moved to where the entry begins in `column` (0-based). */
export function move({ lines }: Layout, entry: Entry, last: number, column: number, message: string): Slip {
  const shift = column - entry.indent
  const moved = lines.map((text, line) => {
    if (line < entry.line || line > last || isEmpty(text)) return text
    return shift >= 0 ? ' '.repeat(shift) + text : text.replace(new RegExp(`^ {0,${-shift}}`), '')
  })
  const together = last > entry.end ? ` with what belongs to it, down to line ${last + 1}` : ''
  return {
    line: entry.line,
    column: entry.indent,
    message,
    fix: `begin it in column ${column + 1}${together}`,
    ways: [moved],
  }
}

export function tooFarLeft(layout: Layout, entry: Entry, column: number): Slip {
  return move(layout, entry, entry.end, column, `${entry.name} stands further left than what is around it`)
}

export function tooFarRight(layout: Layout, entry: Entry, than: string, column: number, last = entry.end): Slip {
  return move(layout, entry, last, column, `${entry.name} stands further right than ${than}`)
}

/** Never reached: there are entries where a rule looks for them. */
export const nowhere: Slip = {
  line: 0,
  column: 0,
  message: 'the indentation does not fit',
  fix: 'compare it with the lines around',
  ways: [],
}
