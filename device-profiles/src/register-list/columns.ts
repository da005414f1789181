import { type CsvCell, didYouMean } from '@lineside/settings'

/** What the columns of a register list say. */
export const listColumns = [
  'address',
  'name',
  'type',
  'unit',
  'scale',
  'divisor',
  'offset',
  'table',
  'order',
  'registers',
  'min',
  'max',
  'description',
] as const
export type ListColumn = (typeof listColumns)[number]

/** How manuals and tools call them. */
const spellings: Readonly<Record<ListColumn, readonly string[]>> = {
  address: ['address', 'addr', 'register', 'registeraddress', 'reg', 'modbusaddress', 'adresse', 'registernumber'],
  name: ['name', 'point', 'parameter', 'signal', 'tag', 'variable', 'measurement', 'quantity', 'bezeichnung'],
  type: ['type', 'datatype', 'format', 'dataformat', 'typ', 'datentyp', 'encoding'],
  unit: ['unit', 'units', 'uom', 'einheit', 'engineeringunit'],
  scale: ['scale', 'factor', 'multiplier', 'scalefactor', 'gain', 'scaling', 'resolution', 'faktor'],
  divisor: ['divisor', 'divider', 'div', 'divideby'],
  offset: ['offset'],
  table: ['table', 'functioncode', 'function', 'fc', 'registertype', 'readfunction', 'area'],
  order: ['order', 'wordorder', 'byteorder', 'endianness', 'endian'],
  registers: ['registers', 'length', 'size', 'count', 'words', 'quantity of registers', 'numberofregisters', 'len'],
  min: ['min', 'minimum', 'low', 'rangemin'],
  max: ['max', 'maximum', 'high', 'rangemax'],
  description: ['description', 'comment', 'remark', 'remarks', 'note', 'notes', 'beschreibung'],
}
/** Columns that many lists have and that say nothing for reading. */
const unneeded = [
  'access',
  'rw',
  'readwrite',
  'permission',
  'default',
  'no',
  'nr',
  'hex',
  'addresshex',
  'category',
  'group',
]

export interface UnknownColumn {
  readonly cell: CsvCell
  readonly near: string | undefined
}

export interface FoundColumns {
  readonly at: ReadonlyMap<ListColumn, number>
  readonly unknown: readonly UnknownColumn[]
  /** Columns that say the same as one before, where neither is called by its own word. */
  readonly doubled: readonly { readonly cell: CsvCell; readonly column: ListColumn }[]
}

/** Which column of a register list is which, by its header; of two that say the same the one that is called so counts. */
export function findColumns(header: readonly CsvCell[]): FoundColumns {
  const at = new Map<ListColumn, number>()
  const others: { readonly cell: CsvCell; readonly column: ListColumn }[] = []
  const unknown: UnknownColumn[] = []
  const known = new Map(listColumns.flatMap(column => spellings[column].map(word => [plain(word), column] as const)))
  for (const [index, cell] of header.entries()) {
    const word = plain(cell.text)
    const column = known.get(word)
    if (column !== undefined) {
      if (!at.has(column) || word === column) at.set(column, index)
      else others.push({ cell, column })
    } else if (word !== '' && !unneeded.includes(word)) unknown.push({ cell, near: didYouMean(word, known.keys()) })
  }
  const isCalledSo = (column: ListColumn) => plain(header[at.get(column) ?? 0]?.text ?? '') === column
  return { at, unknown, doubled: others.filter(({ column }) => !isCalledSo(column)) }
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/\([^)]*\)|\[[^\]]*\]/g, '')
    .replaceAll(/[^a-z]/g, '')
}
