import type { ModbusPoint } from './profile.ts'
import type { ModbusType } from './types.ts'

/** A point with nothing said of it but where it lies and what it is: one holding register, in the usual order. */
export function plainPoint(name: string, type: ModbusType = 'uint16', count = 1): ModbusPoint {
  return {
    protocol: 'modbus',
    name,
    type,
    table: 'holding',
    address: 0,
    count,
    order: 'abcd',
    half: 'low',
    carrier: 'uint16',
    names: new Map(),
    padding: 'end',
    scale: [],
    offset: 0,
    notAvailable: [],
    mergeable: true,
  }
}
