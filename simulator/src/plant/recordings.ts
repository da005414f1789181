import { type Document, type Problem, problemAt, resolvePath, suggest } from '@lineside/settings'
import type { WaveformSpec } from '../waveforms/spec.ts'
import type { PlantSettings } from './schema.ts'

/** Columns of recorded data: file, as written → column → cells. */
export type Recordings = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>

/** Reads the CSV files that waveforms replay; a missing file, column or row is a problem. */
export function loadRecordings(
  document: Document,
  settings: PlantSettings,
  read: (path: string) => string | undefined,
): { readonly recordings: Recordings; readonly problems: readonly Problem[] } {
  const recordings = new Map<string, ReadonlyMap<string, readonly string[]>>()
  const problems: Problem[] = []
  for (const [device, { points }] of Object.entries(settings.devices)) {
    for (const [point, spec] of Object.entries(points)) {
      const replay = replayIn(spec)
      if (replay === undefined) continue
      const path = ['devices', device, 'points', point]
      const columns = recordings.get(replay.file) ?? columnsOf(read(resolvePath(document.file, replay.file)))
      if (columns === undefined) {
        problems.push(problemAt(document, path, `${replay.file} does not exist or can not be read; correct its name`))
        continue
      }
      recordings.set(replay.file, columns)
      const cells = columns.get(replay.column)
      if (cells === undefined) {
        const message = `${replay.file} has no column ${replay.column}; ${suggest(replay.column, [...columns.keys()])}`
        problems.push(problemAt(document, path, message))
      } else if (cells.length === 0) {
        problems.push(problemAt(document, path, `${replay.file} has no rows; record some below its heading`))
      }
    }
  }
  return { recordings, problems }
}

function replayIn(spec: WaveformSpec): WaveformSpec['replay'] {
  return spec.replay ?? (spec.noise ? replayIn(spec.noise.of) : spec.stuck && replayIn(spec.stuck.of))
}

function columnsOf(text: string | undefined): Map<string, string[]> | undefined {
  if (text === undefined) return undefined
  const [heading = [], ...rows] = parseCsv(text)
  return new Map(heading.map((name, place) => [name.trim(), rows.map(row => row[place] ?? '')]))
}

/** Rows of cells (RFC 4180): quoted cells may hold commas, line breaks and doubled quotes. Empty lines are left out. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  const endRow = () => {
    row.push(cell)
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
    cell = ''
  }
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[i + 1] === '"') cell += text[i++]
      else quoted = false
    } else if (char === '"') quoted = true
    else if (char === ',') {
      row.push(cell)
      cell = ''
    } else if (char === '\n') endRow()
    else if (char !== '\r') cell += char
  }
  endRow()
  return rows
}
