import type { TextPoint } from './point.ts'

/** The keys of `textPointShape` in their order. */
export const textPointKeys = {
  shape: ['names'],
  value: ['scale', 'offset', 'unit', 'decimals', 'decimal_comma', 'units'],
} as const

/** One step of a number as the device writes it. */
export function textStep(point: TextPoint | undefined): number | undefined {
  return point?.decimals === undefined ? undefined : 10 ** -point.decimals
}
