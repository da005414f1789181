import type { ModbusCells, ModbusTable } from '@lineside/device-profiles'

/** One of a unit's four tables, from its lowest to its highest address; what lies between without a point is 0. */
export class TableImage {
  readonly low: number
  /** Exclusive. */
  readonly high: number
  readonly isBits: boolean
  /** Two bytes a register, the higher first; one byte a bit. */
  readonly bytes: Uint8Array

  constructor(table: ModbusTable, low: number, high: number) {
    this.low = low
    this.high = high
    this.isBits = table === 'coil' || table === 'discrete'
    this.bytes = new Uint8Array((high - low) * (this.isBits ? 1 : 2))
  }

  put(cells: ModbusCells): void {
    putCells(this.bytes, cells, cells.address - this.low, this.isBits)
  }

  /** Data bytes of an answer: registers as they lie, bits packed from the lowest up (Modbus application protocol, 6.1). */
  read(address: number, count: number): Uint8Array {
    const from = address - this.low
    if (!this.isBits) return this.bytes.slice(from * 2, (from + count) * 2)
    const packed = new Uint8Array((count + 7) >> 3)
    for (let i = 0; i < count; i++)
      if (this.bytes[from + i] === 1) packed[i >> 3] = (packed[i >> 3] ?? 0) | (1 << (i & 7))
    return packed
  }
}

/** Puts cells at a place, counted in registers or bits, of bytes that hold unpacked bits or registers. */
export function putCells(bytes: Uint8Array, cells: ModbusCells, place: number, isBits: boolean): void {
  const { words, mask } = cells
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0
    if (isBits) {
      bytes[place + index] = word & 1
      continue
    }
    const at = (place + index) * 2
    bytes[at] = ((bytes[at] ?? 0) & (~mask >> 8)) | ((word & mask) >> 8)
    bytes[at + 1] = ((bytes[at + 1] ?? 0) & ~mask) | (word & mask)
  }
}
