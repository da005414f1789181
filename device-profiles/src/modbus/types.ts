/** The four Modbus tables. */
export const modbusTables = ['coil', 'discrete', 'input', 'holding'] as const
export type ModbusTable = (typeof modbusTables)[number]

/** Function code that reads a table. */
export type ReadFunctionCode = 1 | 2 | 3 | 4
export const readFunctionCodes: Readonly<Record<ModbusTable, ReadFunctionCode>> = {
  coil: 1,
  discrete: 2,
  holding: 3,
  input: 4,
}

/**
 * Byte letters as they arrive, `a` being the most significant: `abcd` high word first, `cdab` low word first,
 * `badc` and `dcba` the same with the bytes of each register swapped. 16-bit types know only the swap,
 * 64-bit types and strings have more words in the same order.
 */
export const wordOrders = ['abcd', 'cdab', 'badc', 'dcba'] as const
export type WordOrder = (typeof wordOrders)[number]

export const modbusTypes = [
  'bool',
  'bits',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'bcd16',
  'bcd32',
  'string',
  'bitfield',
  'enum',
] as const
export type ModbusType = (typeof modbusTypes)[number]

/** Integers that a bitfield or an enum may be made of. */
export const carrierTypes = ['uint16', 'int16', 'uint32', 'int32'] as const
export type CarrierType = (typeof carrierTypes)[number]
