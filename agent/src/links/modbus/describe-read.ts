import { type Barrier, readFunctionCodes, type ReadPdu } from '@lineside/device-profiles'

const tables = { 1: 'coil', 2: 'discrete input', 3: 'holding register', 4: 'input register' } as const

/** `holding register 40`, `coils 3 to 8`: protocol addresses, as on the wire. */
export function describeRead({ functionCode, address, count }: ReadPdu): string {
  const table = tables[functionCode]
  return count === 1 ? `${table} ${address}` : `${table}s ${address} to ${address + count - 1}`
}

/** `no read reaches over holding registers 3 to 8`, `no read reaches over the beginning of holding register 60`. */
export function describeBarrier({ table, startsBefore, endsBehind }: Barrier): string {
  const functionCode = readFunctionCodes[table]
  const count = endsBehind - startsBefore
  if (count > 0) return `no read reaches over ${describeRead({ functionCode, address: startsBefore, count })}`
  return `no read reaches over the beginning of ${describeRead({ functionCode, address: endsBehind, count: 1 })}`
}
