import { quote, scanBrackets } from './brackets.ts'
import { missingColon } from './colons.ts'
import { endOfQuote, unclosedQuote } from './quotes.ts'
import { type At, contentEnd, indentOf, isEmpty, looksLikeKey, type Slip, spliced, writeInstead } from './slip.ts'

/** A key with its value, or an entry of a list, as the lines show it, whatever the parser makes of them. */
export interface Entry {
  /** 0-based. */
  readonly line: number
  /** Last line of its value; that of the key where the value is what is indented below. */
  readonly end: number
  readonly indent: number
  readonly name: string
  readonly isDash: boolean
  /** What is indented below is its value. */
  readonly isOpener: boolean
  /** A map is its value. */
  readonly isMap: boolean
}

export interface Reading {
  readonly entries: readonly Entry[]
  /** What is wrong within single entries, in the order of the lines. */
  readonly slips: readonly Slip[]
}

/** Reads lines one by one, and what is in quotes or brackets as a whole. */
export function readEntries(lines: readonly string[]): Reading {
  const entries: Entry[] = []
  const slips: Slip[] = []
  for (let line = 0; line < lines.length; ) {
    const text = lines[line] ?? ''
    if (isEmpty(text) || /^(---|\.\.\.|%)/.test(text)) {
      line++
      continue
    }
    const { entry, slip } = readEntry(lines, line, entries)
    if (slip) slips.push(slip)
    if (entry.name === '') joinToOpener(entries, entry)
    else entries.push(entry)
    line = Math.max(entry.end, line) + 1
  }
  return { entries, slips }
}

/** A value on a line of its own belongs to the key above it. */
function joinToOpener(entries: Entry[], value: Entry): void {
  const opener = entries.at(-1)
  if (opener?.isOpener) entries[entries.length - 1] = { ...opener, isOpener: false, end: value.end, isMap: value.isMap }
}

interface Read {
  readonly entry: Entry
  readonly slip?: Slip
}

function readEntry(lines: readonly string[], line: number, before: readonly Entry[]): Read {
  const text = lines[line] ?? ''
  const indent = indentOf(text)
  const dashes = /^(?:-\s+)+|^-$/.exec(text.slice(indent))?.[0] ?? ''
  const start = indent + dashes.length
  const isDash = dashes !== ''
  const key = keyAt(text, start)
  const entry = {
    line,
    end: line,
    indent,
    name: key?.name ?? (isDash ? '-' : ''),
    isDash,
    isOpener: false,
    isMap: false,
  }
  if (key === undefined) {
    const parent = isDash ? indent : (before.at(-1)?.indent ?? -1)
    const missing = isDash ? undefined : missingColon(lines, line)
    if (missing) return { entry: { ...entry, name: missing.name, isOpener: missing.isOpener }, slip: missing.slip }
    return text.length === start ? { entry: { ...entry, isOpener: isDash } } : readValue(lines, entry, start, parent)
  }
  if (key.slip) return { entry, slip: key.slip(lines, line) }
  if (isEmpty(text.slice(key.value))) return { entry: { ...entry, isOpener: true, isMap: true } }
  return readValue(lines, entry, key.value, isDash ? start : indent)
}

interface Key {
  readonly name: string
  /** Column where its value may begin. */
  readonly value: number
  readonly slip?: (lines: readonly string[], line: number) => Slip
}

function keyAt(text: string, start: number): Key | undefined {
  const rest = text.slice(start)
  const quoted = /^("[^"]*"|'[^']*')\s*:(?=\s|$)\s*/.exec(rest)
  if (quoted) return { name: quoted[1] ?? '', value: start + quoted[0].length }
  const plain = /^([^\s#"'{}[\],&*!|>@`%?][^#]*?)\s*:(?=\s|$)\s*/.exec(rest)
  const name = plain?.[1] ?? ''
  if (plain === null) return undefined
  const glued = /^([A-Za-z_][\w.-]*)(\s*:?\s*)(?=[{[])/.exec(name)
  if (glued === null) return { name, value: start + plain[0].length }
  const [whole, word = '', between = ''] = glued
  return {
    name: word,
    value: start + whole.length,
    slip: (lines, line) => ({
      line,
      column: start + word.length,
      message: between.includes(':')
        ? `there is no space behind the colon of ${word}`
        : `there is no colon behind ${word}`,
      fix: `write ${word}: ${text[start + whole.length] ?? ''}`,
      ways: [spliced(lines, { line, column: start }, whole.length, `${word}: `)],
    }),
  }
}

function readValue(lines: readonly string[], entry: Entry, column: number, parent: number): Read {
  const { line } = entry
  const text = lines[line] ?? ''
  const at = { line, column }
  const first = text[column] ?? ''
  if (/^[|>][-+\d]*\s*(#|$)/.test(text.slice(column)))
    return { entry: { ...entry, end: lastBelow(lines, line, parent) } }
  if (first === '{' || first === '[') {
    const scanned = scanBrackets(lines, at, parent)
    if ('slip' in scanned)
      return { entry: { ...entry, end: lastBelow(lines, line, parent), isMap: first === '{' }, slip: scanned.slip }
    const slip = behindBracket(lines, at, scanned.end)
    return { entry: { ...entry, end: scanned.end.line, isMap: first === '{' }, ...(slip && { slip }) }
  }
  if (first === '"' || first === "'") {
    const end = endOfQuote(lines, at, parent)
    const slip = end === undefined ? unclosedQuote(lines, at, false) : behindQuote(lines, at, end)
    return { entry: { ...entry, end: end?.line ?? line }, ...(slip && { slip }) }
  }
  const slip = plainSlip(lines, at)
  return { entry: { ...entry, end: lastOfPlain(lines, line, parent) }, ...(slip && { slip }) }
}

/** Last line that is indented further than `parent`. */
function lastBelow(lines: readonly string[], line: number, parent: number): number {
  const next = lines.findIndex((text, index) => index > line && !isEmpty(text) && indentOf(text) <= parent)
  return (next < 0 ? lines.length : next) - 1
}

/** A text may go on in lines that are indented further and hold no key. */
function lastOfPlain(lines: readonly string[], line: number, parent: number): number {
  let last = line
  while (last + 1 < lines.length) {
    const text = lines[last + 1] ?? ''
    if (isEmpty(text) || indentOf(text) <= parent || looksLikeKey(text) || /^\s*-\s/.test(text)) break
    last++
  }
  return last
}

function behindBracket(lines: readonly string[], open: At, end: At): Slip | undefined {
  const text = lines[end.line] ?? ''
  const rest = text.slice(end.column)
  const column = end.column + indentOf(rest)
  const char = rest.trimStart()[0] ?? ''
  if (isEmpty(rest)) return undefined
  if (char === '}' || char === ']' || /^\s*,\s*(#|$)/.test(rest)) {
    const message = char === ',' ? 'a comma stands behind the closing bracket' : `there is a ${char} too many`
    const ways = [spliced(lines, { line: end.line, column }, 1, '')]
    return { line: end.line, column, message, fix: 'remove it', ways }
  }
  if (end.line !== open.line) return undefined
  const whole = text.slice(open.column, contentEnd(text))
  return {
    ...open,
    message: `a text that begins with ${whole[0] ?? ''} must stand in quotes`,
    fix: writeInstead(text.slice(0, open.column), quote(whole)),
    ways: [spliced(lines, open, whole.length, quote(whole))],
  }
}

function behindQuote(lines: readonly string[], open: At, end: At): Slip | undefined {
  const text = lines[end.line] ?? ''
  const rest = text.slice(end.column)
  if (isEmpty(rest) || open.line !== end.line) return undefined
  const mark = text[open.column] ?? '"'
  const whole = text.slice(open.column, contentEnd(text))
  const inner = whole.slice(1).endsWith(mark) ? whole.slice(1, -1) : whole.slice(1).replace(mark, '')
  return {
    line: end.line,
    column: end.column - 1,
    message: 'the text in quotes ends here, and more follows',
    fix: writeInstead(text.slice(0, open.column), quote(inner)),
    ways: [spliced(lines, open, whole.length, quote(inner))],
  }
}

/** What a text without quotes must not hold. */
function plainSlip(lines: readonly string[], at: At): Slip | undefined {
  const text = lines[at.line] ?? ''
  const written = text.slice(at.column, Math.max(at.column, contentEnd(text)))
  const put = (message: string, instead: string): Slip => ({
    ...at,
    message,
    fix: writeInstead(text.slice(0, at.column), instead),
    ways: [spliced(lines, at, written.length, instead)],
  })
  if (/^\(.*\)$/.test(written) && /:\s/.test(written)) {
    return put('round brackets hold no keys', `{${written.slice(1, -1)}}`)
  }
  if (/^[\w.-]+:\s.*\}$/.test(written) && !written.includes('{')) {
    return put('the { before the first key is missing', `{ ${written}`)
  }
  if (/^[@`%*&!|>]/.test(written))
    return put(`a text that begins with ${written[0] ?? ''} must stand in quotes`, quote(written))
  if (/:(\s|$)/.test(written)) return put('a text with a colon and a space must stand in quotes', quote(written))
  return undefined
}
