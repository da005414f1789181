import type { Slip } from '../slip.ts'
import { entriesOf, type Layout, nowhere, runFrom, tooFarLeft, tooFarRight, usualStep } from './levels.ts'

/**
 * An entry further right than the one above it, which has its value in its own line. Either it stands too far right, or
 * the one above too far left: what stands around both tells.
 */
export function tooDeep(layout: Layout): Slip {
  const { entries, ended, index } = layout
  const [above, entry] = [entries[index - 1], entries[index]] as const
  if (above === undefined || entry === undefined) return nowhere
  const run = runFrom(entries, index, above.indent)
  const beside = run.filter(({ indent }) => indent === entry.indent).length
  const after = entries[index + run.length]
  // The first below its key, with the others further right:  key: | _a: 1 | __b: 2 | __c: 3
  const isFirst = layout.levels.at(-1)?.first === index - 1
  // It has nothing below it, so that it can't have taken others along.
  const isAlone = entry.isOpener && (entries[index + 1]?.indent ?? 0) <= entry.indent
  const level = layout.levels.at(-1)
  const isAlike =
    entry.isMap && beside === 1 && level !== undefined && entriesOf(entries, level, index).every(one => one.isMap)
  const before = entries[index - 2]
  // The key above it has lost its children to one that stands beside it.
  const isOrphan = before?.isOpener === true && before.indent >= above.indent && entry.indent > before.indent
  // The one above ended the column in which this one begins:  __a: 1 | b: 2 | __c: 3
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
  if (!isAlone && (isOrphan || isOdd || isFirstOdd)) return tooFarLeft(layout, above, entry.indent)
  const last = isAlone ? entry.end : (run.at(-1)?.end ?? entry.end)
  const outer = layout.levels.at(-2)
  // A device in the column of the keys of the one before it: the names below it are there twice.
  const isNext = isAlone && outer && level && entriesOf(entries, level, index).some(({ name }) => name === after?.name)
  if (isNext) return tooFarRight(layout, entry, `${above.name} above it`, outer.indent, last)
  return tooFarRight(layout, entry, `${above.name} above it`, above.indent, last)
}
