import { isEmpty, type Slip } from './slip.ts'

/** Whole lines that are no YAML, or end it: what git leaves of a merge, and a second document. */
export function markSlips(lines: readonly string[]): readonly Slip[] {
  return [conflict(lines), secondDocument(lines)].flatMap(slip => slip ?? [])
}

function conflict(lines: readonly string[]): Slip | undefined {
  const from = lines.findIndex(text => text.startsWith('<<<<<<< '))
  const middle = lines.findIndex((text, line) => line > from && text.startsWith('======='))
  const to = lines.findIndex((text, line) => line > middle && text.startsWith('>>>>>>> '))
  if (from < 0 || middle < 0 || to < 0) return undefined
  return {
    line: from,
    column: 0,
    message: `down to line ${to + 1} stand two versions that git could not merge`,
    fix: 'keep one, and remove the lines with <<<<<<<, ======= and >>>>>>>',
    isWhole: true,
    ways: [lines.map((text, line) => (line === from || (line >= middle && line <= to) ? '' : text))],
  }
}

function secondDocument(lines: readonly string[]): Slip | undefined {
  const first = lines.findIndex(text => !isEmpty(text) && !text.startsWith('%'))
  const line = lines.findIndex((text, index) => index > first && /^(---|\.\.\.)\s*$/.test(text))
  if (line < 0) return undefined
  return {
    line,
    column: 0,
    message: `with ${lines[line]?.trim() ?? ''} another document begins`,
    fix: 'remove the line, or make what follows a file of its own',
    isWhole: true,
    ways: [lines.with(line, '')],
  }
}
