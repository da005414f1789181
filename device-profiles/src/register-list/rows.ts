import { type CsvCell, type CsvTable, type Problem, suggest, unclearCommas } from '@lineside/settings'
import type { ModbusTable, ModbusType, WordOrder } from '../modbus/types.ts'
import {
  type AddressBase,
  listTypes,
  looksPrinted,
  parseAddress,
  parseFactor,
  parseOrder,
  parseTable,
  parseType,
  parseUnit,
  pointName,
} from './cells.ts'
import { isRanged, rangeOf } from './range.ts'
import { findColumns, type ListColumn } from './columns.ts'

/** One register of a list, as far as the list tells. */
export interface ListedPoint {
  readonly name: string
  readonly table: ModbusTable
  /** Zero-based. */
  readonly address: number
  readonly type: ModbusType
  /** Of a string. */
  readonly registers?: number
  readonly order?: WordOrder | undefined
  readonly scale: number
  readonly offset: number
  /** UCUM code. */
  readonly unit?: string | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
  readonly description?: string
}

export interface ListOptions {
  /** Undefined: nobody said; then addresses count from 0, and those that look like printed numbers are refused. */
  readonly base?: AddressBase | undefined
  /** Where the list doesn't say. */
  readonly table?: ModbusTable | undefined
}

export interface ListedPoints {
  readonly points: readonly ListedPoint[]
  readonly problems: readonly Problem[]
}

/** Registers that a number of each width takes. */
const registersOf: ReadonlyMap<number, number> = new Map([
  [8, 1],
  [16, 1],
  [32, 2],
  [64, 4],
])

/** Reads a register list. What can't be understood is told with its place, and its row left out; nothing is guessed. */
export function readRegisterList(file: string, list: CsvTable, options: ListOptions): ListedPoints {
  const problems: Problem[] = []
  const complain = ({ line, column }: CsvCell, path: string, message: string, fix: string) => {
    problems.push({ file, line, column, path, message, fix })
  }
  const { at, unknown, doubled } = findColumns(list.header)
  for (const { cell, near } of unknown) {
    const fix = near === undefined ? 'remove the column, or call it description' : `did you mean ${near}?`
    complain(cell, '', `${cell.text} is no known column`, fix)
  }
  for (const { cell, column } of doubled) {
    complain(cell, '', `a column before ${cell.text} says the ${column} too`, `call the one that counts ${column}`)
  }
  const [first] = list.header
  for (const column of ['address', 'name', 'type'] as const) {
    if (at.has(column) || !first) continue
    complain(first, '', `there is no column for the ${column}`, `call it ${column}`)
  }
  if (first && !at.has('table') && options.table === undefined && options.base !== 'printed') {
    complain(
      first,
      '',
      'nothing says in which table the registers are',
      'write --table holding or input, or a column table',
    )
  }
  if (!at.has('address') || !at.has('name') || !at.has('type')) return { points: [], problems }
  const unclear = unclearCommas(list)
  const points: ListedPoint[] = []
  const seen = new Map<string, number>()
  for (const row of list.rows) {
    const before = problems.length
    const point = new Row(row, at, { ...options, unclear }, complain).read()
    if (problems.length > before || !point) continue
    const other = seen.get(point.name)
    const cell = row[at.get('name') ?? 0]
    if (other !== undefined && cell) {
      complain(cell, 'name', `${point.name} is already in line ${other}`, 'tell the two apart by their names')
      continue
    }
    seen.set(point.name, cell?.line ?? 0)
    points.push(point)
  }
  return { points, problems }
}

type Complain = (cell: CsvCell, path: string, message: string, fix: string) => void

interface RowOptions extends ListOptions {
  readonly unclear: ReturnType<typeof unclearCommas>
}

/** One row, cell by cell; each cell that is wrong is complained about. */
class Row {
  readonly #cells: readonly CsvCell[]
  readonly #at: ReadonlyMap<ListColumn, number>
  readonly #options: RowOptions
  readonly #complain: Complain

  constructor(cells: readonly CsvCell[], at: ReadonlyMap<ListColumn, number>, options: RowOptions, complain: Complain) {
    this.#cells = cells
    this.#at = at
    this.#options = options
    this.#complain = complain
  }

  read(): ListedPoint | undefined {
    const name = this.#need('name', pointName, 'no name can be made of it', 'write for instance voltage_l1')
    const place = this.#place()
    const registers = this.#read(
      'registers',
      text => (/^\d{1,3}$/.test(text) ? Number(text) : undefined),
      'write a count',
    )
    const type = this.#type(registers)
    const unit = this.#read('unit', parseUnit, 'write a UCUM code, for instance V, kW.h, Cel, % or m3/h')
    const description = this.#text('description')
    const point = {
      order: this.#read('order', parseOrder, 'write abcd, cdab, badc or dcba'),
      scale: this.#scale(),
      offset: this.#number('offset', parseNumber, 'write a number') ?? 0,
      unit,
      min: this.#number('min', parseNumber, 'write a number'),
      max: this.#number('max', parseNumber, 'write a number'),
    }
    if (name === undefined || place?.table === undefined || type === undefined) return undefined
    this.#checkRange({ ...point, type })
    return {
      ...point,
      name,
      table: place.table,
      address: place.address,
      type,
      ...(type === 'string' && { registers: registers ?? 1 }),
      ...(description !== '' && { description }),
    }
  }

  #place(): { readonly table: ModbusTable | undefined; readonly address: number } | undefined {
    const { base, table: usual } = this.#options
    const cell = this.#cell('address')
    if (!cell) return undefined
    if (base === undefined && looksPrinted(cell.text)) {
      const fix = 'say what the numbers are: --base printed (30001 and 40001 are the first registers), or --base 0'
      this.#complain(cell, 'address', `${cell.text} may be a printed number`, fix)
      return undefined
    }
    const form = base === 'printed' ? '30053 or 40053' : '52 or 0x0034'
    const place = this.#need('address', text => parseAddress(text, base ?? '0'), 'this is no address', `write ${form}`)
    const named = this.#read('table', parseTable, 'write input, holding, coil or discrete, or the function code')
    const table = place?.table ?? named ?? usual
    if (place && table === undefined && this.#cell('table')?.text === '') {
      this.#complain(cell, 'table', 'the row has no table', 'write one, or --table holding or input')
    }
    return place && { table, address: place.address }
  }

  /** A type without a width is as wide as its registers. */
  #type(registers: number | undefined): ModbusType | undefined {
    const written = this.#text('type')
    const fix = suggest(written, listTypes)
    const type = this.#need('type', parseType, 'this is no type', fix)
    const cell = this.#cell('type')
    if (type === undefined || !cell) return undefined
    if (type === 'string' && registers === undefined) {
      this.#complain(cell, 'type', 'a string has no length', 'write a column registers')
      return undefined
    }
    const [, kind = '', bits = ''] = /^(uint|int|float|bcd)(8|16|32|64)$/.exec(type) ?? []
    const own = registersOf.get(Number(bits))
    if (registers === undefined || own === undefined || own === registers) return type
    const wide = parseType(`${kind}${registers * 16}`)
    if (wide !== undefined && !/\d/.test(written)) return wide
    this.#complain(cell, 'type', `a ${type} does not take ${registers} registers`, 'correct one of the two')
    return undefined
  }

  #checkRange(values: Parameters<typeof rangeOf>[0]): void {
    const cell = this.#cell('min') ?? this.#cell('max')
    const range = isRanged(values.type) ? rangeOf(values) : undefined
    if (!cell || !range || range[0] < range[1]) return
    const message = `a ${values.type} with this scale is never between ${values.min ?? '…'} and ${values.max ?? '…'}`
    this.#complain(cell, 'min', message, 'correct type, scale or range')
  }

  #scale(): number {
    const scale = this.#number('scale', parseFactor, 'write a factor, for instance 0.1') ?? 1
    const divisor = this.#number('divisor', parseFactor, 'write a number, for instance 10') ?? 1
    return Number((scale / divisor).toPrecision(12))
  }

  #cell(column: ListColumn): CsvCell | undefined {
    const index = this.#at.get(column)
    return index === undefined ? undefined : this.#cells[index]
  }

  #text(column: ListColumn): string {
    return this.#cell(column)?.text ?? ''
  }

  #number(column: ListColumn, parse: (text: string) => number | undefined, fix: string): number | undefined {
    const cell = this.#cell(column)
    const unclear = cell && this.#options.unclear(cell.text)
    if (!unclear) return this.#read(column, parse, fix)
    this.#complain(cell, column, unclear.message, unclear.fix)
    return undefined
  }

  /** What a cell says; undefined where it is empty, or was complained about. */
  #read<T>(column: ListColumn, parse: (text: string) => T | undefined, fix: string): T | undefined {
    const cell = this.#cell(column)
    if (!cell || cell.text === '') return undefined
    const value = parse(cell.text)
    if (value === undefined) this.#complain(cell, column, `${cell.text} is not understood`, fix)
    return value
  }

  #need<T>(column: ListColumn, parse: (text: string) => T | undefined, message: string, fix: string): T | undefined {
    const cell = this.#cell(column)
    const value = cell && parse(cell.text)
    if (cell && value === undefined) {
      this.#complain(cell, column, cell.text === '' ? `the row has no ${column}` : `${cell.text}: ${message}`, fix)
    }
    return value
  }
}

function parseNumber(text: string): number | undefined {
  const plain = text.replace(/^(-?\d+),(\d+)$/, '$1.$2')
  return /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : undefined
}
