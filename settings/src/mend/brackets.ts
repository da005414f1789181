import { type At, contentEnd, indentOf, isEmpty, type Slip, spliced, writeInstead } from './slip.ts'
import { endOfQuote, unclosedQuote } from './quotes.ts'

/** Where a value in brackets ends, just behind its last one; or what is wrong in it. */
export type Scanned = { readonly end: At } | { readonly slip: Slip }

interface Open {
  readonly bracket: '{' | '['
  readonly at: At
  /** Where what stands since the last comma begins, and the colon that it has. */
  from: At
  colon?: At | undefined
}

const closes = { '{': '}', '[': ']' } as const

/**
 * Reads a value that begins with a bracket. A line that is indented no further than `parent`, the line of its key, ends
 * it: YAML wants what stands in brackets further right.
 */
export function scanBrackets(lines: readonly string[], start: At, parent: number): Scanned {
  const open: Open[] = []
  let { line, column } = start
  for (;;) {
    const text = lines[line] ?? ''
    const char = text[column]
    const here = { line, column }
    const inner = open.at(-1)
    if (char === undefined || (char === '#' && /\s/.test(text[column - 1] ?? ' '))) {
      const next = lines.findIndex((other, index) => index > line && !isEmpty(other))
      const isOver = next < 0 || (indentOf(lines[next] ?? '') <= parent && !/^\s*[}\]]/.test(lines[next] ?? ''))
      if (isOver) return { slip: outdented(lines, next, line, parent) ?? unclosed(lines, open, line) }
      line = next
      column = 0
      continue
    }
    if (char === '{' || char === '[') {
      const behind = { line, column: column + 1 }
      open.push({ bracket: char, at: here, from: behind })
    } else if (char === '}' || char === ']') {
      const slip = inner === undefined ? undefined : wrongCloser(lines, open, here, char)
      if (slip) return { slip }
      open.pop()
      if (open.length === 0) return { end: { line, column: column + 1 } }
    } else if ((char === '"' || char === "'") && /[\s,[{:]/.test(text[column - 1] ?? ' ')) {
      const end = endOfQuote(lines, here, parent)
      const slip = end === undefined ? unclosedQuote(lines, here, true) : behindQuote(lines, here, end)
      if (slip || end === undefined) return { slip: slip ?? unclosedQuote(lines, here, true) }
      line = end.line
      column = end.column
      continue
    } else if (char === ',' && inner !== undefined) {
      const since = between(lines, inner.from, here)
      if (since.trim() === '') return { slip: doubleComma(lines, here) }
      inner.from = { line, column: column + 1 }
      inner.colon = undefined
    } else if (char === ':' && /\s|^$/.test(text[column + 1] ?? '') && inner?.bracket === '{') {
      const slip = (inner.colon && missingComma(lines, inner.colon, here)) ?? specialText(lines, here)
      if (slip) return { slip }
      inner.colon = here
    }
    column++
  }
}

/** What stands between two places, lines joined by spaces. */
function between(lines: readonly string[], from: At, to: At): string {
  if (from.line === to.line) return (lines[from.line] ?? '').slice(from.column, to.column)
  const whole = lines.slice(from.line + 1, to.line).filter(line => !isEmpty(line))
  return [(lines[from.line] ?? '').slice(from.column), ...whole, (lines[to.line] ?? '').slice(0, to.column)].join(' ')
}

function unclosed(lines: readonly string[], open: readonly Open[], line: number): Slip {
  const closers = open.map(({ bracket }) => closes[bracket]).toReversed()
  const [first] = open
  const inner = open.at(-1)
  const at = (open.length === 1 ? first : inner)?.at ?? { line, column: 0 }
  const text = lines[line] ?? ''
  const end = contentEnd(text)
  const where = at.line === line ? 'at the end of the line' : `at the end of line ${line + 1}`
  const bracket = inner?.bracket ?? '{'
  return {
    ...at,
    message: `the ${bracket} is not closed`,
    fix: `write ${closers.join(' ')} ${where}`,
    ways: [spliced(lines, { line, column: end }, 0, ` ${closers.join(' ')}`)],
  }
}

function wrongCloser(lines: readonly string[], open: readonly Open[], here: At, char: '}' | ']'): Slip | undefined {
  const inner = open.at(-1)
  if (inner === undefined || closes[inner.bracket] === char) return undefined
  const wanted = closes[inner.bracket]
  const isOuter = open.some(({ bracket }) => closes[bracket] === char)
  const at = inner.at
  if (isOuter) {
    return {
      ...at,
      message: `the ${inner.bracket} is not closed`,
      fix: `write ${wanted} before the ${char} in column ${here.column + 1}`,
      ways: [spliced(lines, here, 0, `${wanted} `)],
    }
  }
  const closersAhead = (lines[here.line] ?? '').slice(here.column + 1).match(/[}\]]/g)?.length ?? 0
  if (inner.colon && closersAhead >= open.length) {
    const opener = char === ']' ? '[' : '{'
    const gap = { ...inner.colon, column: inner.colon.column + 2 }
    const message = `the ${opener} for the ${char} in column ${here.column + 1} is missing`
    return { ...gap, message, fix: 'write it here', ways: [spliced(lines, gap, 0, `${opener} `)] }
  }
  return {
    ...here,
    message: `the ${inner.bracket} is closed by a ${char}`,
    fix: `write ${wanted}`,
    ways: [spliced(lines, here, 1, wanted)],
  }
}

function doubleComma(lines: readonly string[], here: At): Slip {
  return { ...here, message: 'there is a comma too many', fix: 'remove it', ways: [spliced(lines, here, 1, ' ')] }
}

/** A line between others of these brackets that is not indented as far as they need. */
function outdented(lines: readonly string[], line: number, above: number, parent: number): Slip | undefined {
  const text = lines[line]
  const below = lines.find((other, index) => index > line && !isEmpty(other))
  if (text === undefined || below === undefined || indentOf(below) <= parent) return undefined
  if (!/,\s*(#.*)?$/.test(text) && !/^\s*[}\]]/.test(below)) return undefined
  const column = Math.max(indentOf(lines[above] ?? ''), parent + 2)
  return {
    line,
    column: indentOf(text),
    message: 'the line stands further left than what is in brackets may',
    fix: `begin it in column ${column + 1}`,
    ways: [lines.with(line, ' '.repeat(column) + text.trimStart())],
  }
}

/** `{ a: 1 b: 2 }`: the second colon belongs to a key that no comma stands before; `{ a: b: 2 } }` has lost a bracket. */
function missingComma(lines: readonly string[], from: At, colon: At): Slip | undefined {
  const text = lines[colon.line] ?? ''
  const begin = colon.line === from.line ? from.column + 1 : 0
  const word = /(\s+|[}\]"'])([A-Za-z_][\w.-]*)\s*$/.exec(text.slice(begin, colon.column))
  const [, gap = '', key = ''] = word ?? []
  if (word === null) return undefined
  const column = begin + word.index
  const at = { line: colon.line, column: column + gap.length }
  if (between(lines, { ...from, column: from.column + 1 }, at).trim() === '') {
    return {
      ...at,
      message: `the { before ${key} is missing`,
      fix: `write { ${key}:`,
      ways: [spliced(lines, at, 0, '{ ')],
    }
  }
  if (column === 0) {
    const above = lines.findLastIndex((other, index) => index < colon.line && !isEmpty(other))
    const end = { line: above, column: contentEnd(lines[above] ?? '') }
    const message = `a comma is missing before ${key}`
    return { ...end, message, fix: 'write it at the end of the line', ways: [spliced(lines, end, 0, ',')] }
  }
  const isBare = gap.trim() !== ''
  return {
    line: colon.line,
    column: column + gap.length,
    message: `a comma is missing before ${key}`,
    fix: 'write one there',
    ways: [spliced(lines, { line: colon.line, column: column + (isBare ? gap.length : 0) }, 0, ',')],
  }
}

/** A text behind a colon that begins with what means something else in YAML. */
function specialText(lines: readonly string[], colon: At): Slip | undefined {
  const found = /^:\s+([*&!@`%|>][^,}\]]*)/.exec((lines[colon.line] ?? '').slice(colon.column))
  const written = found?.[1]?.trimEnd()
  if (found === null || written === undefined) return undefined
  const at = { line: colon.line, column: colon.column + found[0].indexOf(written) }
  return {
    ...at,
    message: `a text that begins with ${written[0] ?? ''} must stand in quotes`,
    fix: writeInstead((lines[at.line] ?? '').slice(0, at.column), quote(written)),
    ways: [spliced(lines, at, written.length, quote(written))],
  }
}

/** What may not stand behind a closing quote within brackets. */
function behindQuote(lines: readonly string[], open: At, end: At): Slip | undefined {
  const text = lines[end.line] ?? ''
  const rest = text.slice(end.column).trimStart()
  if (rest === '' || /^[,}\]:]/.test(rest) || /^\s+#/.test(text.slice(end.column))) return undefined
  // A quote that was forgotten is closed by the one that opens the next text.
  const inside = end.line === open.line ? text.slice(open.column + 1, end.column - 1) : ''
  if (/,\s*[\w.-]+\s*:\s*$/.test(inside)) return unclosedQuote(lines, open, true)
  const next = /^["']/.test(rest)
  if (next) {
    const column = text.indexOf(rest, end.column)
    return {
      line: end.line,
      column,
      message: 'a comma is missing between two texts',
      fix: 'write one here',
      ways: [spliced(lines, end, 0, ',')],
    }
  }
  const tail = /^[^,}\]]*/.exec(text.slice(end.column))?.[0].trimEnd() ?? ''
  const whole = `${text.slice(open.column + 1, end.column - 1)}${text[open.column]}${tail}`
  const quoted = quote(whole.replace(/["']$/, ''))
  return {
    line: end.line,
    column: end.column,
    message: 'more text stands behind the closing quote',
    fix: writeInstead(text.slice(0, open.column), quoted),
    ways: [spliced(lines, open, end.column + tail.length - open.column, quoted)],
  }
}

/** A text in quotes that it does not itself contain. */
export function quote(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`
  return `'${text.replaceAll("'", "''")}'`
}
