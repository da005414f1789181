import type { ModbusLimits, ModbusPoint, ModbusProfile, ModbusTable } from './profile.ts'
import type { ModbusCells } from './writer.ts'

/** A point with every default, for tests. */
export function testPoint(point: Partial<ModbusPoint> & { readonly name: string }): ModbusPoint {
  return {
    protocol: 'modbus',
    type: 'uint16',
    table: 'holding',
    address: 0,
    count: 1,
    order: 'abcd',
    half: 'low',
    carrier: 'uint16',
    names: new Map(),
    padding: 'end',
    scale: [],
    offset: 0,
    notAvailable: [],
    mergeable: true,
    ...point,
  }
}

/** A profile of these points, for tests. */
export function testProfile(points: readonly ModbusPoint[], limits: Partial<ModbusLimits> = {}): ModbusProfile {
  return {
    profile: 'test/device',
    version: '000000000000',
    vendor: 'Test',
    model: 'Device',
    sources: [],
    requirements: [],
    caveats: [],
    params: new Map([['ratio', { description: 'ratio of the transformer', default: 1 }]]),
    protocol: 'modbus',
    points: new Map(points.map(point => [point.name, point])),
    limits: { registers: 125, bits: 2000, hole: 0, bitHole: 0, gapMs: 0, ...limits },
    serial: {},
    tests: [],
  }
}

/** The four tables of a device, as a server would hold them. */
export class Tables {
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
  read(functionCode: 1 | 2 | 3 | 4, address: number, count: number): Uint8Array {
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
