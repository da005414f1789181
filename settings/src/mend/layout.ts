import type { Entry } from './entries.ts'
import { isEmpty, type Slip } from './slip.ts'

/** Entries that begin in one column, below one key. */
interface Level {
  readonly indent: number
  /** Indexes of its first and last entry. */
  readonly first: number
  last: number
}

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

interface Layout {
  readonly lines: readonly string[]
  readonly entries: readonly Entry[]
  readonly levels: readonly Level[]
  readonly ended: readonly (readonly number[])[]
  /** Of the entry that doesn't fit. */
  readonly index: number
}

/** Deeper than the entry above it, which has its value on its own line. */
function tooDeep(layout: Layout): Slip {
  const { entries, ended, index } = layout
  const [above, entry] = [entries[index - 1], entries[index]] as const
  if (above === undefined || entry === undefined) return nowhere
  const run = runFrom(entries, index, above.indent)
  const beside = run.filter(({ indent }) => indent === entry.indent).length
  const after = entries[index + run.length]
  const isFirst = layout.levels.at(-1)?.first === index - 1
  const isAlone = entry.isOpener && (entries[index + 1]?.indent ?? 0) <= entry.indent
  const level = layout.levels.at(-1)
  const isAlike =
    entry.isMap && beside === 1 && level !== undefined && entriesOf(entries, level, index).every(one => one.isMap)
  const before = entries[index - 2]
  // The key above it has lost its children to one that stands beside it.
  const isOrphan = before?.isOpener === true && before.indent >= above.indent && entry.indent > before.indent
  const sibling = entries.findLast(({ indent }, at) => at < index - 1 && indent === entry.indent)
  const isOfKind = sibling?.isMap === entry.isMap && sibling.isMap === above.isMap
  const isOdd =
    ended[index - 1]?.includes(entry.indent) && !isAlike && (before?.indent === entry.indent || beside > 1 || isOfKind)
  const step = usualStep(entries)
  const parent = layout.levels.at(-2)?.indent ?? -step
  const isFirstOdd =
    isFirst &&
    after?.indent !== above.indent &&
    (beside > 1 || (above.indent - parent !== step && entry.indent - parent === step))
  if (!isAlone && (isOrphan || isOdd || isFirstOdd))
    return move(layout, above, above.end, entry.indent, `${above.name} stands further left than what is around it`)
  const last = isAlone ? entry.end : (run.at(-1)?.end ?? entry.end)
  const outer = layout.levels.at(-2)
  const isNext = isAlone && outer && level && entriesOf(entries, level, index).some(({ name }) => name === after?.name)
  if (isNext)
    return move(layout, entry, last, outer.indent, `${entry.name} stands further right than ${above.name} above it`)
  return move(layout, entry, last, above.indent, `${entry.name} stands further right than ${above.name} above it`)
}

/** Further left than any key before it. */
function rootIndented(layout: Layout): Slip {
  const { entries, index } = layout
  const [first, entry] = [entries[0], entries[index]] as const
  if (first === undefined || entry === undefined) return nowhere
  const last = entries[index - 1]?.end ?? first.end
  return move(layout, first, last, entry.indent, `${first.name} stands further right than ${entry.name} below it`)
}

/** In a column in which nothing else begins. */
function betweenLevels(layout: Layout, deeper: number): Slip {
  const { entries, levels, ended, index } = layout
  const [entry, level] = [entries[index], levels.at(-1)] as const
  const opener = entries[level?.last ?? -1]
  if (entry === undefined || level === undefined || opener === undefined) return nowhere
  const run = runFrom(entries, index, entry.indent - 1)
  const beside = run.filter(({ indent }) => indent === entry.indent).length
  const before = entries.slice(level.last + 1, index).filter(({ indent }) => indent === deeper)
  const [firstBefore] = before
  const step = usualStep(entries)
  const outer = levels.at(-2)
  const isLoneChild = level.first === level.last && outer !== undefined && entry.indent - outer.indent === step
  const key = entries[level.last - 1]
  const isOrphan = key?.isOpener === true && key.indent >= opener.indent && entry.indent >= key.indent
  if (isOrphan || (isLoneChild && opener.indent - outer.indent !== step)) {
    const column = isOrphan && entry.indent === key.indent ? key.indent + step : entry.indent
    return move(layout, opener, opener.end, column, `${opener.name} stands further left than what is around it`)
  }
  const prior = entries[index - 1]
  if (prior?.isOpener && before.length === 1 && prior === firstBefore && level.indent + step < entry.indent) {
    return move(
      layout,
      prior,
      prior.end,
      level.indent + step,
      `${prior.name} stands further right than ${entry.name} below it`,
    )
  }
  const isAlike = firstBefore?.isMap === entry.isMap && (!entry.isMap || beside > 1)
  // What follows an empty line begins a section, and is where it is meant to be.
  const isSection = isEmpty(layout.lines[opener.line - 1] ?? '')
  const meant = ended[level.last]?.find(column => column >= entry.indent && deeper - column === step)
  if (meant !== undefined && !isSection && !(before.length === 1 && isAlike && meant === entry.indent)) {
    return move(layout, opener, opener.end, meant, `${opener.name} stands further left than what is around it`)
  }
  if (firstBefore?.isOpener && entries[level.last + 2]?.indent === deeper) {
    return move(
      layout,
      firstBefore,
      firstBefore.end,
      entry.indent,
      `${firstBefore.name} stands further right than ${entry.name} below it`,
    )
  }
  const isBack = goesOn(entries, index, deeper)
  const isUsual = entry.indent - level.indent === step && deeper - level.indent !== step
  if (!isBack && firstBefore && (beside > 1 ? before.length === 1 || isUsual : before.length === 1 && isUsual)) {
    const last = entries[index - 1]?.end ?? firstBefore.end
    return move(
      layout,
      firstBefore,
      last,
      entry.indent,
      `${firstBefore.name} stands further right than ${entry.name} below it`,
    )
  }
  const message = `${entry.name} begins in a column in which nothing else does`
  const below = entries[index + 1]
  const hasChildren = entry.isOpener && below !== undefined && below.indent > entry.indent
  if (hasChildren && below.indent <= deeper) {
    return move(layout, entry, entry.end, level.indent, message)
  }
  const isSibling =
    entry.isMap && entriesOf(entries, level, index).every(one => one.isMap) && !before.every(({ isMap }) => isMap)
  const [wanted, other] = isSibling && !isBack ? [level.indent, deeper] : [deeper, level.indent]
  const slip = move(layout, entry, entry.end, wanted, message)
  if (isBack) return slip
  const otherWay = move(layout, entry, entry.end, other, message)
  return {
    ...slip,
    fix: `${slip.fix}, or in column ${other + 1}`,
    ways: [...slip.ways, ...otherWay.ways],
    isUnsure: true,
  }
}

/** Those of a level, up to an index. */
function entriesOf(entries: readonly Entry[], level: Level, index: number): readonly Entry[] {
  return entries.slice(level.first, index).filter(({ indent }) => indent === level.indent)
}

/** Whether the level in that column goes on behind an entry and what is below it. */
function goesOn(entries: readonly Entry[], index: number, column: number): boolean {
  const [entry, below] = [entries[index], entries[index + 1]] as const
  if (entry === undefined || below === undefined) return false
  if (!entry.isOpener || below.indent <= entry.indent) return below.indent === column
  if (below.indent === column) return false
  return entries.find(({ indent }, at) => at > index && indent < below.indent)?.indent === column
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

/** Entries from an index on that are indented further than `column`. */
function runFrom(entries: readonly Entry[], index: number, column: number): readonly Entry[] {
  const end = entries.findIndex((entry, at) => at >= index && entry.indent <= column)
  return entries.slice(index, end < 0 ? entries.length : end)
}

/** By how much this text indents, where it does so most often. */
function usualStep(entries: readonly Entry[]): number {
  const counts = new Map<number, number>()
  for (const [index, entry] of entries.entries()) {
    const step = entry.indent - (entries[index - 1]?.indent ?? 0)
    if (entries[index - 1]?.isOpener && step > 0) counts.set(step, (counts.get(step) ?? 0) + 1)
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1])
  return most?.[0] ?? 2
}

function move({ lines }: Layout, entry: Entry, last: number, column: number, message: string): Slip {
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

const nowhere: Slip = {
  line: 0,
  column: 0,
  message: 'the indentation does not fit',
  fix: 'compare it with the lines around',
  ways: [],
}
