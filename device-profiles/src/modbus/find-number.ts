import { interpret, type Interpretation, type NumberType, numberTypes, type RegisterImage } from './interpret.ts'
import type { WordOrder } from './types.ts'
import { makeScaling } from './scale.ts'

/** A number as a display shows it. */
export interface ShownNumber {
  readonly value: number
  /** What the last digit counts: 0.1 of 230.4. */
  readonly step: number
}

/** A way to read registers that gives what the display shows. */
export interface NumberMatch extends Interpretation {
  readonly scale: number
  /** value × scale. */
  readonly shown: number
}

/** Powers of ten that devices scale with, and how unusual each is. */
const integerScales = new Map([
  [1, 0],
  [0.1, 1],
  [0.01, 1],
  [0.001, 2],
  [10, 2],
  [1000, 2],
  [0.0001, 3],
  [100, 3],
])
const floatScales = new Map([
  [1, 0],
  [0.001, 3],
  [1000, 3],
])
const typeCosts: Readonly<Record<NumberType, number>> = {
  float32: 0,
  uint16: 1,
  int16: 1.5,
  uint32: 2,
  int32: 2.5,
  float64: 2,
  bcd16: 3,
  bcd32: 3,
  uint64: 4,
  int64: 4.5,
}
const orderCosts: Readonly<Record<WordOrder, number>> = { abcd: 0, cdab: 1, dcba: 2, badc: 3 }
/** A number that would fit into one register is seldom kept in several. */
const wideCost = 1.5

/** `230.4`, also with a comma; undefined where it is no number, or 0, which is everywhere. */
export function shownNumber(text: string): ShownNumber | undefined {
  const [, sign, whole = '', fraction = ''] = /^([-+]?)(\d{1,15})(?:[.,](\d{1,9}))?$/.exec(text.trim()) ?? []
  if (whole === '') return undefined
  const value = Number(`${sign}${whole}.${fraction}0`)
  return value === 0 ? undefined : { value, step: Number(`1e-${fraction.length}`) }
}

/** Whether a number that is rounded as the display rounds is what the display shows. */
export function isShownAs({ value, step }: ShownNumber, actual: number): boolean {
  // Decimals are no binary numbers: 0.45 + 0.05 is below 0.5.
  const slack = step * 1e-6
  return Math.abs(actual - value) <= step / 2 + slack
}

/** Every way to read these registers that gives a number as it is shown; the most usual way first. */
export function findNumber(image: RegisterImage, wanted: ShownNumber): readonly NumberMatch[] {
  return [...image.keys()]
    .flatMap(address => interpret(image, address))
    .flatMap(way => matches(way, wanted))
    .toSorted((a, b) => costOf(a) - costOf(b) || a.address - b.address)
}

function matches(way: Interpretation, wanted: ShownNumber): NumberMatch[] {
  return [...scalesOf(way.type).keys()].flatMap(scale => {
    const { multiplier, divisor } = makeScaling([scale], 0)
    const shown = (Number(way.value) * multiplier) / divisor
    return isShownAs(wanted, shown) ? [{ ...way, scale, shown }] : []
  })
}

function scalesOf(type: NumberType): ReadonlyMap<number, number> {
  return type.startsWith('float') ? floatScales : integerScales
}

function costOf({ type, order, scale, value }: NumberMatch): number {
  const isWide = numberTypes[type] > 1 && !type.startsWith('float') && Math.abs(Number(value)) < 0x8000
  return typeCosts[type] + orderCosts[order] + (scalesOf(type).get(scale) ?? 0) + (isWide ? wideCost : 0)
}
