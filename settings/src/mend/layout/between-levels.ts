import { isEmpty, type Slip } from '../slip.ts'
import { entriesOf, goesOn, type Layout, move, nowhere, runFrom, tooFarLeft, tooFarRight, usualStep } from './levels.ts'

/**
 * An entry in a column in which nothing else begins, further left than `deeper`, where the entries above it began. Either
 * it stands wrong, or the first of those above (too far right), or the key above all of them (too far left).
 */
export function betweenLevels(layout: Layout, deeper: number): Slip {
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
  // The key above is the only one in its column, and not one step to the right of its own:  links: | _hall: | ____at: 1 | __wall:
  const isLoneChild = level.first === level.last && outer !== undefined && entry.indent - outer.indent === step
  // The key above stands no further right than its own key:  links: | hall: | ____at: 1 | __wall:
  const key = entries[level.last - 1]
  const isOrphan = key?.isOpener === true && key.indent >= opener.indent && entry.indent >= key.indent
  if (isOrphan || (isLoneChild && opener.indent - outer.indent !== step)) {
    const column = isOrphan && entry.indent === key.indent ? key.indent + step : entry.indent
    return tooFarLeft(layout, opener, column)
  }
  // The entry above has nothing below it, unless it stood further left:  links: | ______hall: | ____at: 1
  const prior = entries[index - 1]
  if (prior?.isOpener && before.length === 1 && prior === firstBefore && level.indent + step < entry.indent) {
    return tooFarRight(layout, prior, `${entry.name} below it`, level.indent + step, prior.end)
  }
  // The key above ended the column in which what is below it would fit:  devices: | __a: | ____use: x | b: | ____use: x | __c:
  const isAlike = firstBefore?.isMap === entry.isMap && (!entry.isMap || beside > 1)
  // What follows an empty line begins a section, and is where it is meant to be.
  const isSection = isEmpty(layout.lines[opener.line - 1] ?? '')
  const meant = ended[level.last]?.find(column => column >= entry.indent && deeper - column === step)
  if (meant !== undefined && !isSection && !(before.length === 1 && isAlike && meant === entry.indent)) {
    return tooFarLeft(layout, opener, meant)
  }
  // The first below the key stands in the column of its own keys:  links: | ____hall: | ____at: 1 | __wall:
  if (firstBefore?.isOpener && entries[level.last + 2]?.indent === deeper) {
    return tooFarRight(layout, firstBefore, `${entry.name} below it`, entry.indent, firstBefore.end)
  }
  // The first below the key stands further right than all others:  key: | ___a: 1 | __b: 2 | __c: 3
  const isBack = goesOn(entries, index, deeper)
  const isUsual = entry.indent - level.indent === step && deeper - level.indent !== step
  if (!isBack && firstBefore && (beside > 1 ? before.length === 1 || isUsual : before.length === 1 && isUsual)) {
    const last = entries[index - 1]?.end ?? firstBefore.end
    return tooFarRight(layout, firstBefore, `${entry.name} below it`, entry.indent, last)
  }
  const message = `${entry.name} begins in a column in which nothing else does`
  const below = entries[index + 1]
  const hasChildren = entry.isOpener && below !== undefined && below.indent > entry.indent
  if (hasChildren && below.indent <= deeper) {
    return move(layout, entry, entry.end, level.indent, message)
  }
  // It may belong to either column; what it is tells which is more likely.
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
