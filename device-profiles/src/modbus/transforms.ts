import type { ModbusTransform } from './profile.ts'

/** What a code stands for; a code that means nothing stays what it is, and is out of range. */
export const transforms: Readonly<Record<ModbusTransform, (value: number) => number>> = {
  four_quadrant_power_factor: value => {
    const size = Math.abs(value)
    return size <= 1 || size > 2 ? value : Math.sign(value) * roundLast(2 - size)
  },
}

/** 2 − 1.234567 is 0.765433, not 0.7654330000000001. */
function roundLast(value: number): number {
  return Math.round(value * 1e9) / 1e9
}
