import { formatProblem } from '@lineside/settings'
import { loadYaml } from '../../values/testing.ts'
import type { ModbusTables } from '../tables.ts'
import { isSunspec, type SunspecProfile } from './is-sunspec.ts'
import type { ChainWalk, WalkAnswer, WalkResult } from './walk.ts'

/** Models with integers, floats and blocks. */
export const sunspecYaml = `
limits: { hole: 124 }
sunspec:
  models:
    1: { length: 66 }
    103: { length: 50 }
    113: { length: 60 }
    160: { length: 8, blocks: { length: 20, most: 4, count_at: 8 } }
  usual: { models: [1, 103, 160], blocks: 2 }
points:
  serial_number: { sunspec: { model: 1, at: 50, type: string, registers: 16 } }
  power:
    sunspec:
      - { model: 103, at: 14, type: int16, scale_from: 15 }
      - { model: 113, at: 22, type: float32 }
  dc_power: { sunspec: { model: 160, in_block: 11, type: uint16, scale_from: 4 } }
`

/** A SunSpec profile from YAML without its head. Throws on the first problem. */
export function sunspecProfile(text = sunspecYaml): SunspecProfile {
  const { profile, problems } = loadYaml('modbus', text)
  if (!isSunspec(profile)) throw new Error(['no SunSpec profile', ...problems.map(formatProblem)].join('\n'))
  return profile
}

/** Walks to the end, and counts the reads. */
export function walkAll(
  walk: ChainWalk,
  answer: (address: number, count: number) => WalkAnswer,
): { readonly result: WalkResult | undefined; readonly reads: number } {
  let reads = 0
  for (let { next } = walk; next && reads < 10_000; { next } = walk) {
    reads++
    walk.take(answer(next.address, next.count))
  }
  return { result: walk.result, reads }
}

/** Whoever holds these tables. */
export function answersOf(tables: ModbusTables): (address: number, count: number) => Uint8Array {
  return (address, count) => tables.read(3, address, count)
}
