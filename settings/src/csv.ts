import { maxFileBytes } from './parse.ts'
import type { Problem } from './problem.ts'

/** One cell and where it is written; line and column are 1-based. */
export interface CsvCell {
  readonly text: string
  readonly line: number
  readonly column: number
}

export interface CsvTable {
  readonly header: readonly CsvCell[]
  /** Rows that hold anything, each as long as the header: what is missing at the end is empty. */
  readonly rows: readonly (readonly CsvCell[])[]
  readonly separator: CsvSeparator
}

export type CsvSeparator = (typeof separators)[number]

export interface ParsedCsv {
  /** Absent where the text is no table; present beside problems where the rest can still be judged. */
  readonly table?: CsvTable
  readonly problems: readonly Problem[]
}

/** Most rows of one table. */
export const maxCsvRows = 10_000
const separators = [';', '\t', ','] as const

/**
 * Reads a table with a header, as spreadsheets write it (RFC 4180): separated by commas, semicolons or tabs, whichever the
 * header has most of; quotes may hold all of these and line ends. Never throws.
 */
export function parseCsv(file: string, text: string): ParsedCsv {
  const start = { file, line: 1, column: 1, path: '' }
  if (Buffer.byteLength(text) > maxFileBytes) {
    return { problems: [{ ...start, message: 'the file is larger than 1 MiB', fix: 'split it' }] }
  }
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text
  const separator = separatorOf(plain)
  const { records, open } = cut(plain, separator)
  const problems: Problem[] = []
  if (open) problems.push({ file, ...open, path: '', message: 'a quote is not closed', fix: 'write " at its end' })
  const [header, ...rest] = records.filter(record => record.some(cell => cell.text !== ''))
  if (!header)
    return { problems: [...problems, { ...start, message: 'the file is empty', fix: 'begin it with a header' }] }
  if (rest.length > maxCsvRows) {
    return { problems: [...problems, { ...start, message: `more than ${maxCsvRows} rows`, fix: 'split the file' }] }
  }
  const rows = rest.map(record => {
    const extra = record.slice(header.length).find(cell => cell.text !== '')
    if (extra) {
      const { line, column } = extra
      const message = `${record.length} cells, and the header has ${header.length}`
      problems.push({ file, line, column, path: '', message, fix: 'put a text that holds a separator in quotes' })
    }
    const last = record.at(-1) ?? { line: 1, column: 1 }
    const missing = { text: '', line: last.line, column: last.column }
    return header.map((_, index) => record[index] ?? missing)
  })
  return { table: { header, rows, separator }, problems }
}

function separatorOf(text: string): CsvSeparator {
  const header = text.slice(0, text.search(/[\r\n]|$/)).replaceAll(/"[^"]*"/g, '')
  const counts = separators.map(separator => header.split(separator).length)
  return separators[counts.indexOf(Math.max(...counts))] ?? ','
}

interface Cut {
  readonly records: readonly (readonly CsvCell[])[]
  /** Where a quote begins that has no end. */
  readonly open: { readonly line: number; readonly column: number } | undefined
}

function cut(text: string, separator: string): Cut {
  const records: CsvCell[][] = []
  let record: CsvCell[] = []
  let line = 1
  let lineStart = 0
  let at = 0
  let open: Cut['open']
  while (at <= text.length) {
    const begin = { line, column: at - lineStart + 1 }
    let content = ''
    if (/^[ ]*"/.test(text.slice(at, at + 64))) {
      at = text.indexOf('"', at) + 1
      for (;;) {
        const end = text.indexOf('"', at)
        const part = text.slice(at, end < 0 ? text.length : end)
        for (let n = part.indexOf('\n'); n >= 0; n = part.indexOf('\n', n + 1)) {
          line++
          lineStart = at + n + 1
        }
        content += part
        at = end < 0 ? text.length : end + 1
        if (end < 0) open ??= begin
        if (text[at] !== '"' || end < 0) break
        content += '"'
        at++
      }
    }
    let end = at
    while (end < text.length && text[end] !== separator && text[end] !== '\n') end++
    record.push({ text: (content + text.slice(at, end)).trim(), ...begin })
    if (end >= text.length || text[end] === '\n') {
      records.push(record)
      record = []
      line++
      lineStart = end + 1
    }
    at = end + 1
  }
  return { records, open }
}
