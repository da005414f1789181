import { type ModbusTable, type ModbusType, type WordOrder, wordOrders } from '../modbus/types.ts'
import { isUnit } from '../units.ts'

/**
 * How a list numbers registers: as on the wire from 0, from 1, or as printed numbers whose first digit names the table
 * (30001, 40001, 400001). It can't be told from the numbers: some devices have registers at 40000 on the wire.
 */
export const addressBases = ['0', '1', 'printed'] as const
export type AddressBase = (typeof addressBases)[number]

export interface Place {
  readonly table: ModbusTable | undefined
  /** Zero-based. */
  readonly address: number
}

/** First digit of a printed number. */
const printedTables: Readonly<Record<string, ModbusTable>> = { 0: 'coil', 1: 'discrete', 3: 'input', 4: 'holding' }

/** `52`, `0x34`, `34h`, `30053`; undefined where it is no address under this base. */
export function parseAddress(text: string, base: AddressBase): Place | undefined {
  const hex = /^0x([0-9a-f]{1,4})$/i.exec(text)?.[1] ?? /^([0-9a-f]{1,4})h$/i.exec(text)?.[1]
  if (base === 'printed') {
    if (hex !== undefined || !/^(\d{5}|\d{6})$/.test(text)) return undefined
    const table = printedTables[text[0] ?? '']
    const address = Number(text.slice(1)) - 1
    return table === undefined || address < 0 || address > 0xffff ? undefined : { table, address }
  }
  const number = hex === undefined ? (/^\d{1,5}$/.test(text) ? Number(text) : Number.NaN) : Number.parseInt(hex, 16)
  const address = number - Number(base)
  return address >= 0 && address <= 0xffff ? { table: undefined, address } : undefined
}

/** Whether an address could be a printed number: then somebody has to say what it is. */
export function looksPrinted(text: string): boolean {
  return /^[34]\d{4,5}$/.test(text) && Number(text.slice(1)) > 0 && Number(text.slice(1)) < 10_000
}

const tables: Readonly<Record<string, ModbusTable>> = {
  '1': 'coil',
  '2': 'discrete',
  '3': 'holding',
  '4': 'input',
  coil: 'coil',
  coils: 'coil',
  '0x': 'coil',
  discrete: 'discrete',
  discreteinput: 'discrete',
  '1x': 'discrete',
  input: 'input',
  inputregister: 'input',
  ir: 'input',
  '3x': 'input',
  holding: 'holding',
  holdingregister: 'holding',
  hr: 'holding',
  '4x': 'holding',
}

/** A table by its name or by the function code that reads it. */
export function parseTable(text: string): ModbusTable | undefined {
  const word = text.toLowerCase().replaceAll(/[\s_-]/g, '')
  return tables[word.replace(/^(fc)?(0x)?0*(?=\d$)/, '')] ?? tables[word.replace(/registers$/, 'register')]
}

const types: Readonly<Record<string, ModbusType>> = {
  word: 'uint16',
  ushort: 'uint16',
  unsigned: 'uint16',
  unsigned16: 'uint16',
  short: 'int16',
  signed: 'int16',
  signed16: 'int16',
  dword: 'uint32',
  ulong: 'uint32',
  unsigned32: 'uint32',
  long: 'int32',
  signed32: 'int32',
  float: 'float32',
  real: 'float32',
  single: 'float32',
  ieee754: 'float32',
  double: 'float64',
  lreal: 'float64',
  ascii: 'string',
  char: 'string',
  text: 'string',
  utf8: 'string',
  bit: 'bool',
  boolean: 'bool',
  bcd: 'bcd16',
}
const widths: Readonly<Record<string, ModbusType>> = {
  u8: 'uint8',
  i8: 'int8',
  u16: 'uint16',
  i16: 'int16',
  u32: 'uint32',
  i32: 'int32',
  u64: 'uint64',
  i64: 'int64',
  f32: 'float32',
  f64: 'float64',
  bcd16: 'bcd16',
  bcd32: 'bcd32',
}
/** Types that a list can say in one word. */
export const listTypes: readonly ModbusType[] = [...new Set([...Object.values(widths), 'string', 'bool'] as const)]

/** `uint16`, `U16`, `unsigned int 16`, `INT32U`, `float`, `S32`; undefined where it is none of them. */
export function parseType(text: string): ModbusType | undefined {
  const word = text
    .toLowerCase()
    .replaceAll(/[\s_()-]/g, '')
    .replace(/(?<=\d)(be|le)$/, '')
  const named = types[word] ?? listTypes.find(type => type === word)
  if (named !== undefined) return named
  const [, before = '', bits = '', after = ''] = /^([a-z]*?)(8|16|32|64)(?:bit)?([a-z]*)$/.exec(word) ?? []
  const kind = kindOf(`${before}${after}`)
  return kind === undefined ? undefined : widths[`${kind}${bits}`]
}

function kindOf(word: string): string | undefined {
  if (/^(u|uint|unsigned|unsignedint|unsignedinteger|uinteger|intu|intunsigned|word)$/.test(word)) return 'u'
  if (/^(i|s|int|sint|signed|signedint|signedinteger|integer|ints|intsigned)$/.test(word)) return 'i'
  if (/^(f|float|real|fp|ieee)$/.test(word)) return 'f'
  return word === 'bcd' ? 'bcd' : undefined
}

/** Units as lists write them, and their UCUM codes. */
const units: Readonly<Record<string, string>> = {
  '°c': 'Cel',
  degc: 'Cel',
  c: 'Cel',
  '°f': '[degF]',
  degf: '[degF]',
  '°': 'deg',
  kwh: 'kW.h',
  wh: 'W.h',
  mwh: 'MW.h',
  va: 'V.A',
  kva: 'kV.A',
  vah: 'V.A.h',
  kvah: 'kV.A.h',
  varh: 'var.h',
  kvarh: 'kvar.h',
  'm³/h': 'm3/h',
  'm³': 'm3',
  'l/min': 'L/min',
  'l/h': 'L/h',
  rpm: '/min',
  'r/min': '/min',
  ppm: '[ppm]',
  psi: '[psi]',
  ohm: 'Ohm',
  ω: 'Ohm',
  hours: 'h',
  hour: 'h',
  sec: 's',
  seconds: 's',
  minutes: 'min',
  '-': '1',
  none: '1',
}

/** The UCUM code of a unit; undefined where it is not known. */
export function parseUnit(text: string): string | undefined {
  const written = text.trim().replace('℃', '°C').replace('℉', '°F')
  return units[written.toLowerCase()] ?? (isUnit(written) ? written : undefined)
}

/** `0.1`, `0,1`, `x0.1`, `1/10`, `/10`, `10^-1`, `1E-1`; undefined where it is no factor. */
export function parseFactor(text: string): number | undefined {
  const plain = text
    .replaceAll(/\s/g, '')
    .replace(',', '.')
    .replace(/^[x*×]/i, '')
  const [, over, under] = /^(\d*)\/(\d+)$/.exec(plain) ?? []
  if (under !== undefined) return Number(under) === 0 ? undefined : Number(over || 1) / Number(under)
  const power = /^10\^(-?\d{1,2})$/.exec(plain)?.[1]
  const value = Number(power === undefined ? plain : `1e${power}`)
  return plain === '' || !Number.isFinite(value) || value === 0 ? undefined : value
}

const orders: Readonly<Record<string, WordOrder>> = {
  big: 'abcd',
  bigendian: 'abcd',
  msw: 'abcd',
  mswfirst: 'abcd',
  highwordfirst: 'abcd',
  be: 'abcd',
  lsw: 'cdab',
  lswfirst: 'cdab',
  lowwordfirst: 'cdab',
  wordswap: 'cdab',
  swapped: 'cdab',
}

/** `abcd`, `CD AB`, `MSW first`; undefined where it says nothing certain: little endian means two things. */
export function parseOrder(text: string): WordOrder | undefined {
  const word = text.toLowerCase().replaceAll(/[\s_-]/g, '')
  return wordOrders.find(order => order === word) ?? orders[word]
}

/** `Voltage L1-N (V)` as `voltage_l1_n`; undefined where nothing of a name is left. */
export function pointName(text: string): string | undefined {
  const words = text
    .replaceAll(/\([^)]*\)|\[[^\]]*\]/g, ' ')
    .replaceAll('ß', 'ss')
    .replaceAll(/[äöü]/gi, letter => `${letter}e`)
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .replaceAll('°', ' ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '')
    .join('_')
    .slice(0, 64)
    .replace(/_+$/, '')
  if (words === '') return undefined
  return /^[a-z]/.test(words) ? words : `p_${words}`.slice(0, 64)
}
