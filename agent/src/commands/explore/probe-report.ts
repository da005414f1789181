import { stringifyJson, unitSign } from '@lineside/contract'
import { interpret, type Interpretation, type NumberMatch, numberTypes, wordOrders } from '@lineside/device-profiles'
import type { RegistersRead } from '../../explore/read-registers.ts'
import { yamlScalar } from '@lineside/settings'
import { formatColumns } from '../terminal/columns.ts'
import type { ProbeTarget } from './probe-target.ts'

export interface ProbeReport {
  readonly target: ProbeTarget
  readonly read: RegistersRead
  /** What the display shows, as it was typed, and what gives it. */
  readonly expected?: { readonly text: string; readonly matches: readonly NumberMatch[] }
  readonly name: string
}

const mostMatches = 12
const firstOf = { input: 30_001, holding: 40_001 } as const

/** For a person with the display in view: lines under 80 columns. */
export function probeText(report: ProbeReport): string {
  const { target, read, expected } = report
  const { table, unitId, place } = target
  const head = `unit ${unitId} on ${place.words}, ${table} registers\n`
  if (read.image.size === 0) return `${head}${nothingRead(report)}\n`
  const missing = read.text === undefined ? '' : `some could not be read: ${read.text}\n`
  if (!expected) return `${head}${missing}\n${registerTable(read)}\n${numberTables(report)}`
  const matches = distinct(expected.matches)
  if (matches.length === 0) {
    const advice = 'look at more of them (--count), elsewhere (--address), or in the other table (--table)'
    return `${head}${missing}none of ${read.image.size} registers shows ${expected.text}\n${advice}\n`
  }
  return `${head}${missing}\nthese show ${expected.text}:\n\n${matchTable(report, matches)}
The right one follows the display when it changes. The point of the first:

  ${report.name}: ${pointEntry(matches[0], target)}
`
}

/** Why, and where to look next: most devices have one of the tables only, and begin anywhere. */
function nothingRead({ target: { table, address }, read }: ProbeReport): string {
  const why = `nothing could be read from register ${address} on: ${read.text ?? 'no answer'}`
  const other = table === 'input' ? 'holding' : 'input'
  return `${why}\ntry the other table (--table ${other}),\nor an address of the device's register list (--address N)`
}

function matchTable({ target: { table } }: ProbeReport, matches: readonly NumberMatch[]): string {
  const rows = matches
    .slice(0, mostMatches)
    .map(({ address, type, order, scale, shown }, index) => [
      String(index + 1),
      registerWords(address),
      String(firstOf[table] + address),
      type,
      order,
      String(scale),
      brief(shown),
    ])
  const more = matches.length > mostMatches ? `and ${matches.length - mostMatches} more\n` : ''
  return `${formatColumns([['', 'REGISTER', 'PRINTED', 'TYPE', 'ORDER', 'SCALE', 'VALUE'], ...rows])}${more}`
}

/** Where signed and unsigned give the same number only the unsigned one is told. */
export function distinct(matches: readonly NumberMatch[]): readonly NumberMatch[] {
  const keys = new Set(matches.map(keyOf))
  return matches.filter(match => !match.type.startsWith('int') || !keys.has(keyOf({ ...match, type: unsigned(match) })))
}

function keyOf({ address, type, order, scale }: NumberMatch): string {
  return `${address} ${type} ${order} ${scale}`
}

function unsigned({ type }: NumberMatch): NumberMatch['type'] {
  if (type === 'int16') return 'uint16'
  return type === 'int32' ? 'uint32' : type === 'int64' ? 'uint64' : type
}

/** What to write behind the name of the point: addresses from zero, the order that every profile has by default. */
export function pointEntry(
  match: NumberMatch | undefined,
  { table, point }: Pick<ProbeTarget, 'table' | 'point'>,
  { order = 'abcd', first = 0 }: { readonly order?: string; readonly first?: 0 | 1 } = {},
): string {
  if (!match) return '{}'
  const address = match.address + first
  return `{ ${[
    `${table}: 0x${address.toString(16).toUpperCase().padStart(4, '0')}`,
    `type: ${match.type}`,
    ...(match.order === order ? [] : [`order: ${match.order}`]),
    ...(match.scale === 1 ? [] : [`scale: ${match.scale}`]),
    ...(point?.unit === undefined ? [] : [`unit: ${yamlScalar(point.unit)}`]),
    ...(point?.range === undefined ? [] : [`range: [${point.range.join(', ')}]`]),
  ].join(', ')} }`
}

function registerWords(address: number): string {
  return `${address} (0x${address.toString(16).toUpperCase().padStart(4, '0')})`
}

function registerTable({ image }: RegistersRead): string {
  const rows = [...image].map(([address, word]) => {
    const letters = [word >> 8, word & 0xff].map(byte => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    const hex = word.toString(16).toUpperCase().padStart(4, '0')
    return [registerWords(address), hex, String(word), String((word << 16) >> 16), letters.join('')]
  })
  return formatColumns([['REGISTER', 'HEX', 'UINT16', 'INT16', 'TEXT'], ...rows])
}

/** Every type and order at the address, counted from zero and from one. */
function numberTables({ target: { address, point }, read }: ProbeReport): string {
  const bases = [0, 1].filter(base => read.image.has(address - base))
  const tables = bases.map(base => {
    const ways = interpret(read.image, address - base)
    const rows = Object.keys(numberTypes).flatMap(type => {
      const cells = wordOrders.map(order => {
        const way = ways.find(each => each.type === type && each.order === order)
        return way ? `${brief(way.value)}${isPlausible(way, point) ? ' *' : ''}` : ''
      })
      return cells.every(cell => cell === '') ? [] : [[type, ...cells]]
    })
    const counted = `register ${address} of a list that counts from ${base}: ${registerWords(address - base)} on the wire`
    return `${counted}\n${formatColumns([['TYPE', ...wordOrders], ...rows])}`
  })
  const legend = point?.range
    ? `${`* within ${point.range.join(' to ')} ${unitSign(point.unit ?? '')}`.trimEnd()}, the range of ${point.name}\n`
    : ''
  return `${tables.join('\n')}${legend && `\n${legend}`}`
}

function isPlausible({ value }: Interpretation, point: ProbeTarget['point']): boolean {
  if (!point?.range || Number(value) === 0) return false
  const scale = point.scale.reduce<number>((product, factor) => product * (typeof factor === 'number' ? factor : 1), 1)
  const [least, most] = point.range
  // Some 1e-38 is another type that is read as a float.
  const size = Math.abs(Number(value) * scale)
  return Number(value) * scale >= least && Number(value) * scale <= most && size >= Math.max(-least, most) * 1e-6
}

/** At most 12 characters, so that four columns fit on a terminal. */
function brief(value: number | bigint): string {
  const isWhole = typeof value === 'bigint' || Number.isInteger(value)
  const text = isWhole ? String(value) : String(Number(value.toPrecision(7)))
  return text.length <= 12 ? text : Number(value).toExponential(4)
}

/** The same for a program. */
export function probeJson({ target, read, expected, name }: ProbeReport): string {
  const { table, unitId, address } = target
  const matches = expected && distinct(expected.matches)
  return `${stringifyJson({
    unit_id: unitId,
    table,
    address,
    registers: Object.fromEntries(read.image),
    ...(read.text !== undefined && { reason: read.text }),
    numbers: [0, 1].flatMap(base => interpret(read.image, address - base).map(way => ({ base, ...way }))),
    ...(matches && { matches, point: matches[0] ? { [name]: pointEntry(matches[0], target) } : null }),
  })}\n`
}
