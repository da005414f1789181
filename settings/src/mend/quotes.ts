import { type At, contentEnd, indentOf, type Slip, spliced, writeInstead } from './slip.ts'

/**
 * Just behind the quote that closes the one at `open`; undefined where none does. A text in quotes may go on in lines that
 * are indented further than `parent`, unless these look like keys.
 */
export function endOfQuote(lines: readonly string[], open: At, parent: number): At | undefined {
  const mark = lines[open.line]?.[open.column] ?? '"'
  const first = closing(lines[open.line] ?? '', open.column + 1, mark)
  if (first !== undefined) return { line: open.line, column: first }
  for (let line = open.line + 1; line < lines.length; line++) {
    const text = lines[line] ?? ''
    if (text.trim() === '') continue
    if (indentOf(text) <= parent || /^\s*(- )?[A-Za-z_][\w.-]*:(\s|$)/.test(text)) return undefined
    const column = closing(text, 0, mark)
    if (column !== undefined) return { line, column }
  }
  return undefined
}

function closing(text: string, from: number, mark: string): number | undefined {
  for (let column = from; column < text.length; column++) {
    if (mark === '"' && text[column] === '\\') column++
    else if (text[column] === mark) {
      if (mark === "'" && text[column + 1] === "'") column++
      else return column + 1
    }
  }
  return undefined
}

/**
 * A quote that is not closed was meant to be at the end of its line; in brackets before the next key, or before what closes
 * these.
 */
export function unclosedQuote(lines: readonly string[], open: At, isInBrackets: boolean): Slip {
  const text = lines[open.line] ?? ''
  const mark = text[open.column] ?? '"'
  const rest = text.slice(open.column + 1)
  const cut = isInBrackets
    ? /\s*(?:,\s*["']?[A-Za-z_][\w.-]*["']?\s*:(?:\s|$)|,?[\s}\],]*(?:\s#.*)?$)/.exec(rest)
    : null
  const column = cut === null ? contentEnd(text) : open.column + 1 + cut.index
  const written = text.slice(open.column + 1, column)
  const other = mark === '"' ? "'" : '"'
  if (written.endsWith(other)) {
    return {
      ...open,
      message: `the text begins with ${mark} and ends with ${other}`,
      fix: writeInstead(text.slice(0, open.column), `${mark}${written.slice(0, -1)}${mark}`),
      ways: [spliced(lines, { line: open.line, column: column - 1 }, 1, mark)],
    }
  }
  return {
    ...open,
    message: 'the quote is not closed',
    fix: writeInstead(text.slice(0, open.column), `${mark}${written}${mark}`),
    ways: [spliced(lines, { line: open.line, column }, 0, mark)],
  }
}
