import { type CsvCell, type CsvTable, didYouMean, type Problem, unclearCommas, yamlScalar } from '@lineside/settings'

const keyOrder = ['use', 'profile', 'link', 'unit_id', 'topic', 'every', 'cron'] as const

/** What every imported device has where its row says nothing. */
export type DeviceDefaults = { readonly [K in (typeof keyOrder)[number]]?: string | undefined }

export interface ImportedDevices {
  /** One line a device, so that a line of it leads back to its row. */
  readonly yaml: string
  readonly names: readonly string[]
  readonly problems: readonly Problem[]
  /** Says where in the table a problem of the YAML comes from. */
  readonly inTable: (problem: Problem) => Problem
}

/** Columns that mean a key of a device, by how tables call them; tags.NAME and params.NAME are understood as well. */
const keys: Readonly<Record<string, string>> = {
  name: 'name',
  device: 'name',
  use: 'use',
  template: 'use',
  profile: 'profile',
  link: 'link',
  unit_id: 'unit_id',
  unit: 'unit_id',
  topic: 'topic',
  every: 'every',
  cron: 'cron',
}
const mapKeys = ['tags', 'params'] as const
/** Lines of the YAML above the first device. */
const headLines = 2

interface Column {
  /** `unit_id`, or `tags` with the name of a tag. */
  readonly key: string
  readonly sub?: string
  readonly index: number
}

/** The devices that a table lists, as the `devices` section of lineside.yaml. */
export function importDevices(file: string, table: CsvTable, defaults: DeviceDefaults): ImportedDevices {
  const problems: Problem[] = []
  const complain = ({ line, column }: CsvCell, path: string, message: string, fix: string) => {
    problems.push({ file, line, column, path, message, fix })
  }
  const columns = table.header.flatMap((cell, index) => columnOf(cell, index, complain))
  for (const [at, column] of columns.entries()) {
    const twin = columns.slice(0, at).find(({ key, sub }) => key === column.key && sub === column.sub)
    const [cell, before] = [table.header[column.index], table.header[twin?.index ?? 0]]
    if (!twin || !cell) continue
    complain(cell, '', `${cell.text} is the same as column ${twin.index + 1}, ${before?.text}`, 'remove one of them')
  }
  const nameAt = columns.find(({ key }) => key === 'name')?.index
  const [first] = table.header
  if (nameAt === undefined && first) complain(first, '', 'there is no column name', 'call the column with the names so')

  if (table.rows.length === 0 && first) complain(first, '', 'the table has no rows', 'write one a device')
  const unclear = unclearCommas(table)
  const params = columns.filter(({ key }) => key === 'params')

  const lines: string[] = []
  const names: string[] = []
  const rows: (readonly CsvCell[])[] = []
  const seen = new Map<string, CsvCell>()
  for (const row of nameAt === undefined ? [] : table.rows) {
    const cell = row[nameAt ?? 0]
    if (!cell) continue
    const before = seen.get(cell.text)
    if (cell.text === '') complain(cell, 'name', 'the row has no name', 'write one')
    else if (before) complain(cell, 'name', `${cell.text} is already in line ${before.line}`, 'choose another name')
    else {
      for (const { index, sub } of params) {
        const written = row[index]
        const doubt = written && unclear(written.text)
        if (doubt) complain(written, `params.${sub}`, doubt.message, doubt.fix)
      }
      seen.set(cell.text, cell)
      names.push(cell.text)
      rows.push(row)
      lines.push(`  ${yamlScalar(cell.text)}: ${entry(row, columns, defaults)}`)
    }
  }
  const yaml = `# made from ${file.replace(/^.*\//, '')} by lineside devices import\ndevices:\n${lines.join('\n')}\n`
  return { yaml, names, problems, inTable }

  function inTable(problem: Problem): Problem {
    const row = rows[problem.line - headLines - 1]
    const cell = row && cellOf(problem, row)
    if (!cell) return { ...problem, file }
    return { ...problem, file, line: cell.line, column: cell.column }
  }

  /** The cell that a key of the YAML came from; else the name of the device. */
  function cellOf({ path }: Problem, row: readonly CsvCell[]): CsvCell | undefined {
    const column = columns.find(({ key, sub }) => path.endsWith(sub === undefined ? `.${key}` : `.${key}.${sub}`))
    return row[column?.index ?? nameAt ?? 0]
  }
}

function columnOf(
  cell: CsvCell,
  index: number,
  complain: (cell: CsvCell, path: string, message: string, fix: string) => void,
): Column[] {
  const written = cell.text.toLowerCase().replaceAll(/[\s-]+/g, '_')
  const [map, ...rest] = cell.text.split(/[.:]/)
  const found = mapKeys.find(key => key === map?.toLowerCase() || key === `${map?.toLowerCase()}s`)
  if (found && rest.length > 0) return [{ key: found, sub: rest.join('.').trim(), index }]
  const key = keys[written]
  if (key !== undefined) return [{ key, index }]
  const near = didYouMean(written, Object.keys(keys))
  const known = `the columns are ${[...new Set(Object.values(keys))].join(', ')}; a tag is tags.${cell.text || 'area'}`
  const fix = near === undefined ? known : `did you mean ${near}?`
  complain(cell, '', cell.text === '' ? 'a column without a name' : `${cell.text} is no column of devices`, fix)
  return []
}

/** `{ profile: xy/md02, link: hall, unit_id: 3, tags: { area: press_shop } }`. */
function entry(row: readonly CsvCell[], columns: readonly Column[], defaults: DeviceDefaults): string {
  const textAt = (key: string) => {
    const index = columns.find(column => column.key === key)?.index
    return index === undefined ? '' : (row[index]?.text ?? '')
  }
  const parts = keyOrder.flatMap(key => {
    const text = textAt(key) || (defaults[key] ?? '')
    return text === '' ? [] : [`${key}: ${key === 'unit_id' ? number(text) : yamlScalar(text)}`]
  })
  for (const map of mapKeys) {
    const entries = columns.flatMap(({ key, sub = '', index }) => {
      const text = key === map ? (row[index]?.text ?? '') : ''
      return text === '' ? [] : [`${yamlScalar(sub)}: ${map === 'params' ? number(text) : yamlScalar(text)}`]
    })
    if (entries.length > 0) parts.push(`${map}: { ${entries.join(', ')} }`)
  }
  return `{ ${parts.join(', ')} }`
}

/** A number as one; what is none as text, so that it is complained about where it is judged. */
function number(text: string): string {
  if (/^0x[0-9a-fA-F]{1,4}$/.test(text)) return text
  const plain = text.replace(/^([+-]?\d+),(\d+)$/, '$1.$2')
  return /^[+-]?\d{1,15}(\.\d{1,15})?(e[+-]?\d{1,2})?$/i.test(plain) ? String(Number(plain)) : yamlScalar(text)
}
