import type { ReadPdu } from '@lineside/device-profiles'

const tables = { 1: 'coil', 2: 'discrete input', 3: 'holding register', 4: 'input register' } as const

/** `holding register 40`, `coils 3 to 8`: protocol addresses, as on the wire. */
export function describeRead({ functionCode, address, count }: ReadPdu): string {
  const table = tables[functionCode]
  return count === 1 ? `${table} ${address}` : `${table}s ${address} to ${address + count - 1}`
}
