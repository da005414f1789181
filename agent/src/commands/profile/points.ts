import { unitSign } from '@lineside/contract'
import type { DeviceProfile, ModbusPoint } from '@lineside/device-profiles'
import { formatColumns } from '../terminal/columns.ts'

type Point = DeviceProfile['points'] extends ReadonlyMap<string, infer P> ? P : never

/** How a point lies on the wire and becomes a value, to be compared with a register list; absent is what is usual. */
export interface ShownPoint {
  readonly point: string
  /** `input 52 (0x34)`, counted from zero; `model 103: 2`, counted from where the model begins; empty: found by a name. */
  readonly where: string
  readonly type: string
  /** Of numbers in several registers, and of others that swap their bytes. */
  readonly order?: string
  /** Factors, multiplied: numbers, and names of params. */
  readonly scale?: readonly (number | string)[]
  /** Register of the power of ten: `holding 15`, `holding 15, decimals`. */
  readonly scale_from?: string
  readonly offset?: number | string
  readonly transform?: string
  readonly unit?: string
  readonly range?: readonly [number, number]
  readonly description?: string
}

/** Every point of a profile. */
export function shownPoints({ points }: DeviceProfile): readonly ShownPoint[] {
  return [...points.values()].map(point => ({
    point: point.name,
    where: placeOf(point),
    type: point.type,
    ...('table' in point && registersOf(point)),
    ...scaleOf(point),
    ...(point.offset !== 0 && { offset: point.offset }),
    ...(point.unit !== undefined && { unit: point.unit }),
    ...(point.range !== undefined && { range: point.range }),
    ...(point.description !== undefined && { description: point.description }),
  }))
}

function scaleOf({ scale }: Point): Pick<ShownPoint, 'scale'> {
  const factors = [scale].flat().filter(factor => factor !== 1)
  return factors.length === 0 ? {} : { scale: factors }
}

function registersOf(point: ModbusPoint): Pick<ShownPoint, 'order' | 'scale_from' | 'transform'> {
  const { table, count, order, scaleFrom, transform, sunspec } = point
  const isNumber = (table === 'holding' || table === 'input') && point.type !== 'bool'
  return {
    ...(isNumber && (count > 1 || order !== 'abcd') && { order }),
    // A SunSpec device has it where its model begins; that is told with the place.
    ...(scaleFrom && !sunspec && { scale_from: factorWords(scaleFrom) }),
    ...(transform !== undefined && { transform }),
  }
}

function factorWords({ table, address, decimals }: NonNullable<ModbusPoint['scaleFrom']>): string {
  return `${table} ${address}${decimals ? ', decimals' : ''}`
}

function placeOf(point: Point): string {
  if (!('table' in point)) return ''
  if (!point.sunspec) return `${point.table} ${point.address} (0x${point.address.toString(16).toUpperCase()})`
  return point.sunspec
    .map(({ models, at, scaleAt }) => {
      return `model ${models.join(', ')}: ${at}${scaleAt === undefined ? '' : ` (factor at ${scaleAt})`}`
    })
    .join('; ')
}

/** A table of the points; columns in which no point has anything are left out. */
export function pointTable(points: readonly ShownPoint[]): string {
  const used = columns.filter(([, cellOf]) => points.some(point => cellOf(point) !== ''))
  const rows = points.map(point => used.map(([, cellOf]) => cellOf(point)))
  return formatColumns([used.map(([title]) => title), ...rows])
}

const columns: readonly (readonly [title: string, cellOf: (point: ShownPoint) => string])[] = [
  ['POINT', ({ point }) => point],
  ['WHERE', ({ where }) => where],
  ['TYPE', ({ type }) => type],
  ['ORDER', ({ order = '' }) => order],
  ['SCALE', ({ scale = [] }) => scale.join(' × ')],
  ['SCALE FROM', ({ scale_from: register = '' }) => register],
  ['OFFSET', ({ offset = '' }) => String(offset)],
  ['TRANSFORM', ({ transform = '' }) => transform],
  ['UNIT', ({ unit = '' }) => unitSign(unit)],
  ['RANGE', ({ range = [] }) => range.join(' … ')],
  ['', ({ description = '' }) => description],
]
