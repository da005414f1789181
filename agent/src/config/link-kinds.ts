import type { DeviceProfile } from '@lineside/device-profiles'
import type { LinkConfig } from './types.ts'

/** What the devices on each kind of link speak. */
export const protocolsOfKind: Readonly<Record<LinkConfig['kind'], readonly DeviceProfile['protocol'][]>> = {
  modbus_tcp: ['modbus'],
  modbus_rtu_tcp: ['modbus'],
  modbus_rtu: ['modbus'],
  serial_tcp: ['serial'],
  serial: ['serial'],
  mqtt: ['mqtt', 'sparkplug'],
  broker: ['mqtt', 'sparkplug'],
}

/** RTU has no address for the client's own gateway: 0 is for all units, and none of them answers. */
export function hasBroadcast(kind: LinkConfig['kind']): boolean {
  return kind === 'modbus_rtu' || kind === 'modbus_rtu_tcp'
}

/** `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}
