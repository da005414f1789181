import type { Value } from '@lineside/contract'
import type { ModbusPoint } from './profile.ts'

/** Values that a point must be able to show: across its range, and each of its names. */
export function exampleValues(point: ModbusPoint): readonly Value[] {
  switch (point.type) {
    case 'bool':
      return [true, false]
    case 'string':
      return ['A1']
    case 'enum':
      return [...point.names.values()]
    case 'bitfield':
      return [
        '',
        ...point.names.values(),
        [...point.names]
          .toSorted(([a], [b]) => a - b)
          .map(([, name]) => name)
          .join(','),
      ]
    default: {
      const [least, most] = point.range ?? [0, 1]
      return [least + (most - least) / 3, least + (most - least) / 2]
    }
  }
}
