import { indentOf, isEmpty, type Slip } from './slip.ts'

const indentation = /^[^\S\r\n]*/
/** Spaces of other kinds than the one that YAML knows: text processors and web pages have them. */
const foreign = /[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]/
const foreignAround = new RegExp(`^\\s*${foreign.source}|:\\s*${foreign.source}|${foreign.source}\\s*:`)

/** Tabs that indent, and spaces of another kind where YAML wants its own: one mistake, however many lines have it. */
export function blankSlips(lines: readonly string[]): readonly Slip[] {
  return [tabs(lines), foreignSpaces(lines)].flatMap(slip => slip ?? [])
}

function isTabbed(text: string): boolean {
  return !isEmpty(text) && (indentation.exec(text)?.[0] ?? '').includes('\t')
}

function isForeign(text: string): boolean {
  return !isEmpty(text) && foreignAround.test(text)
}

function tabs(lines: readonly string[]): Slip | undefined {
  const line = lines.findIndex(isTabbed)
  if (line < 0) return undefined
  const widths = [2, 4, 8].map(width => lines.map(text => (isTabbed(text) ? expanded(text, width) : text)))
  return {
    line,
    column: lines[line]?.indexOf('\t') ?? 0,
    message: `a tab is used to indent${alsoIn(lines.filter(isTabbed).length - 1)}`,
    fix: 'indent with spaces',
    ways: [...aligned(lines), ...widths],
  }
}

function expanded(text: string, width: number): string {
  const blanks = indentation.exec(text)?.[0] ?? ''
  return blanks.replaceAll('\t', ' '.repeat(width)) + text.slice(blanks.length)
}

/**
 * Each such line as the one above it, or one step further where that is a key without a value; lines of one run that begin
 * alike stay alike.
 */
function aligned(lines: readonly string[]): readonly (readonly string[])[] {
  return [2, 4].map(step => {
    let above = ''
    let run = new Map<string, number>()
    return lines.map(text => {
      if (isEmpty(text)) return text
      const isTab = isTabbed(text)
      const blanks = indentation.exec(text)?.[0] ?? ''
      const next = indentOf(above) + (/:\s*(#.*)?$/.test(above) ? step : 0)
      if (!isTab) run = new Map()
      const column = run.get(blanks) ?? next
      if (isTab) run.set(blanks, column)
      above = isTab ? ' '.repeat(column) + text.trimStart() : text
      return above
    })
  })
}

function foreignSpaces(lines: readonly string[]): Slip | undefined {
  const line = lines.findIndex(isForeign)
  const text = lines[line]
  if (text === undefined) return undefined
  const plain = (written: string) =>
    written.replace(foreignAround, found => found.replaceAll(new RegExp(foreign, 'g'), ' '))
  return {
    line,
    column: text.search(foreign),
    message: `a space of another kind stands here${alsoIn(lines.filter(isForeign).length - 1)}, as text processors and web pages have it`,
    fix: 'write ordinary spaces',
    ways: [lines.map(each => (isForeign(each) ? plain(each) : each))],
  }
}

function alsoIn(more: number): string {
  return more === 0 ? '' : `, here and in ${more} more ${more === 1 ? 'line' : 'lines'}`
}

const foreignValue = new RegExp(`^ *(?:- +)*[\\w.-]+: *${foreign.source}`)

/** Where a value begins with a space of another kind, which the parser takes for a part of it. */
export function foreignValues(text: string) {
  if (!foreign.test(text)) return []
  return text.split('\n').flatMap((written, line) => {
    const found = foreignValue.exec(written)
    return found === null ? [] : [{ line, column: found[0].length - 1, message: 'a space of another kind stands here' }]
  })
}
