import type { Cells } from './encode-point.ts'
import type { ModbusTable } from './types.ts'

/** What to put into a device's tables: `old & ~mask | word & mask` for each word (bit) from `address` on. */
export interface ModbusCells extends Cells {
  readonly table: ModbusTable
  /** Zero-based. */
  readonly address: number
}
