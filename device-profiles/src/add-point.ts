import { formatProblem, nodeAt, parseDocument } from '@lineside/settings'
import { loadProfiles, type ProfileFile } from './loader.ts'

export type AddedPoint = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly text: string }

/**
 * The text of a profile with one more point behind the others: everything else, comments too, stays as it is. `entry`
 * is what is written behind the name, for instance `{ input: 0x0034, type: float32 }`. `others` are profiles that it may
 * extend. Refused where the name is taken, or the profile would not be sound any more.
 */
export function addPoint(
  { file, text }: ProfileFile,
  name: string,
  entry: string,
  others: readonly ProfileFile[],
): AddedPoint {
  const { document, problems } = parseDocument(file, text)
  const [broken] = problems
  if (broken) return { ok: false, text: formatProblem(broken) }
  const points = document && nodeAt(document.root, ['points'])
  const line = `${name}: ${entry}`
  if (points?.kind !== 'map' || points.entries.size === 0) {
    return { ok: false, text: `${file} has no points yet; write points: and below it ${line}` }
  }
  const taken = points.entries.get(name)
  if (taken) {
    const { line: at, column } = taken.key
    return { ok: false, text: `${file}:${at}:${column} ${name} is there already; choose another name` }
  }
  const keys = [...points.entries.values()].map(({ key }) => key).toSorted((a, b) => a.line - b.line)
  const last = keys.at(-1)
  const lines = text.split('\n')
  if (!last || !/^[ ]*$/.test((lines[last.line - 1] ?? '').slice(0, last.column - 1))) {
    return { ok: false, text: `${file}: its points are written in braces; add to them: ${line}` }
  }
  const indent = ' '.repeat(last.column - 1)
  lines.splice(
    endOfEntry(lines, last.line, last.column),
    0,
    `${indent}${line}${lines[last.line - 1]?.endsWith('\r') ? '\r' : ''}`,
  )
  const added = lines.join('\n')
  const [wrong] = loadProfiles([{ file, text: added }, ...others]).problems.filter(problem => problem.file === file)
  return wrong ? { ok: false, text: `with this point: ${formatProblem(wrong)}` } : { ok: true, text: added }
}

/** Index of the line behind an entry that begins on line `start` (from 1): deeper lines belong to it. */
function endOfEntry(lines: readonly string[], start: number, column: number): number {
  let end = start
  for (let at = start; at < lines.length; at++) {
    const text = lines[at] ?? ''
    if (text.trim() === '' || text.trim().startsWith('#')) continue
    if (text.length - text.trimStart().length < column) break
    end = at + 1
  }
  return end
}
