import type { Entry } from '../entries.ts'
import type { Slip } from '../slip.ts'
import { betweenLevels } from './between-levels.ts'
import { entriesOf, type Layout, type Level, move, nowhere, tooFarRight } from './levels.ts'
import { tooDeep } from './too-deep.ts'

/** The first entry that is indented as it can't be meant; undefined where all fit. */
export function layoutSlip(lines: readonly string[], entries: readonly Entry[]): Slip | undefined {
  const levels: Level[] = []
  /** By entry: the columns whose levels it ended. */
  const ended: number[][] = []
  for (const [index, entry] of entries.entries()) {
    const { indent, isDash } = entry
    const above = entries[index - 1]
    const layout = { lines, entries, levels, ended, index }
    const popped: number[] = []
    ended.push(popped)
    const isListOf = above?.isOpener === true && isDash && indent === above.indent && !above.isDash
    if (above === undefined || (above.isOpener && indent > above.indent) || isListOf) {
      levels.push({ indent, first: index, last: index })
      continue
    }
    if (indent > above.indent) return tooDeep(layout)
    for (let top = levels.at(-1); top && top.indent > indent; top = levels.at(-1))
      popped.push(levels.pop()?.indent ?? 0)
    const top = levels.at(-1)
    if (top === undefined) return rootIndented(layout)
    if (top.indent !== indent) return betweenLevels(layout, popped.at(-1) ?? indent)
    const mixed = dashAmongKeys(layout, top)
    if (mixed === 'list ends') {
      levels.pop()
      const outer = levels.at(-1)
      if (outer) outer.last = index
    } else if (mixed) return mixed
    else {
      const repeated = repeatedKey(layout, top)
      if (repeated) return repeated
      top.last = index
    }
  }
  return undefined
}

/** Further left than any key before it. */
function rootIndented(layout: Layout): Slip {
  const { entries, index } = layout
  const [first, entry] = [entries[0], entries[index]] as const
  if (first === undefined || entry === undefined) return nowhere
  const last = entries[index - 1]?.end ?? first.end
  return tooFarRight(layout, first, `${entry.name} below it`, entry.indent, last)
}

/** A key for the second time, and before it one that has nothing below it: that one begins the next map. */
function repeatedKey(layout: Layout, level: Level): Slip | undefined {
  const { entries, levels, index } = layout
  const entry = entries[index]
  const outer = levels.at(-2)
  const beside = entriesOf(entries, level, index)
  if (entry === undefined || outer === undefined || !beside.some(({ name }) => name === entry.name)) return undefined
  const opener = beside.findLast(
    (one, at) => one.isOpener && (beside[at + 1] ?? entry) === entries[entries.indexOf(one) + 1],
  )
  if (opener === undefined) return undefined
  return move(
    layout,
    opener,
    opener.end,
    outer.indent,
    `${opener.name} has nothing below it, and ${entry.name} is there twice`,
  )
}

/** A dash where the entries around are keys, or the other way round. */
function dashAmongKeys({ lines, entries, index }: Layout, level: Level): Slip | 'list ends' | undefined {
  const [first, entry] = [entries[level.first], entries[index]] as const
  if (first === undefined || entry === undefined || first.isDash === entry.isDash) return undefined
  // A list may begin in the column of its key; the next key ends it.
  const opener = entries[level.first - 1]
  if (first.isDash && opener?.isOpener && opener.indent === level.indent) return 'list ends'
  const dashes = entries.filter((one, at) => at >= level.first && one.indent === level.indent && one.isDash)
  const isNear = (line: number) => dashes.some(one => one.line === line)
  const [wrong] = dashes
  if (wrong === undefined) return undefined
  const more = dashes.length === 1 ? '' : `, here and in ${dashes.length - 1} more`
  return {
    line: wrong.line,
    column: wrong.indent,
    message: `a dash makes this an entry of a list, and keys stand beside it${more}`,
    fix: 'remove the dash',
    ways: [lines.map((text, line) => (isNear(line) ? text.replace(/^(\s*)-\s+/, '$1') : text))],
  }
}
