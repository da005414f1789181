import type { ModbusTable, ReadFunctionCode } from './types.ts'
import type { ModbusCells } from './cells.ts'

/** The four tables of a device, as a server holds them; what was never put is 0. */
export class ModbusTables {
  readonly #cells: Record<ModbusTable, Map<number, number>> = {
    coil: new Map(),
    discrete: new Map(),
    input: new Map(),
    holding: new Map(),
  }

  put({ table, address, words, mask }: ModbusCells): void {
    for (const [index, word] of words.entries()) {
      const old = this.#cells[table].get(address + index) ?? 0
      this.#cells[table].set(address + index, (old & ~mask) | (word & mask))
    }
  }

  has(table: ModbusTable, address: number): boolean {
    return this.#cells[table].has(address)
  }

  /** Data of the answer to a read. */
  read(functionCode: ReadFunctionCode, address: number, count: number): Uint8Array {
    const cells = this.#cells[tableOf[functionCode]]
    if (functionCode <= 2) {
      const data = new Uint8Array((count + 7) >> 3)
      for (let bit = 0; bit < count; bit++) {
        if (cells.get(address + bit)) data[bit >> 3] = (data[bit >> 3] ?? 0) | (1 << (bit & 7))
      }
      return data
    }
    const view = new DataView(new ArrayBuffer(count * 2))
    for (let register = 0; register < count; register++)
      view.setUint16(register * 2, cells.get(address + register) ?? 0)
    return new Uint8Array(view.buffer)
  }
}

const tableOf = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' } as const
