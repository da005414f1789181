import type { Value } from '@lineside/contract'

const double = new Float64Array(1)
const halves = new Uint32Array(double.buffer)

let high = 0
let low = 0

function mix(word: number): void {
  high = Math.imul(high ^ word, 0x85ebca6b)
  high ^= high >>> 13
  low = Math.imul(low ^ word, 0xc2b2ae35)
  low ^= low >>> 16
}

/**
 * A 53-bit hash of values in their order. Equal values have equal hashes, a whole number being equal as number and as
 * bigint, and true being equal to 1; different ones share a hash once in 2^53.
 */
export function tupleHash(values: readonly (Value | undefined)[]): number {
  high = 0x9e3779b9 ^ values.length
  low = 0x7f4a7c15
  for (const value of values) {
    switch (typeof value) {
      case 'number':
        mixNumber(value)
        break
      case 'string':
        mixText(value)
        break
      case 'boolean':
        mixNumber(value ? 1 : 0)
        break
      case 'bigint':
        if (BigInt(Number(value)) === value) mixNumber(Number(value))
        else mixText(value.toString())
        break
      default:
        mix(0x2545f491)
    }
  }
  return (high >>> 0) * 2_097_152 + (low >>> 11)
}

function mixNumber(value: number): void {
  double[0] = value === 0 ? 0 : value
  mix(halves[0] ?? 0)
  mix(halves[1] ?? 0)
}

function mixText(text: string): void {
  mix(0x38b34ae5 ^ text.length)
  for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i))
}
