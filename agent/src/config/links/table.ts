import type { DeviceProfile } from '@lineside/device-profiles'
import type { LinkConfig, LinkConfigs, ModbusLinkConfig } from '../types.ts'
import { broker } from './broker.ts'
import type { LinkKind } from './kind.ts'
import { modbusRtu, modbusRtuTcp, modbusTcp } from './modbus.ts'
import { mqtt } from './mqtt.ts'
import { serialPort, serialTcp } from './serial.ts'

export type Kind = keyof LinkConfigs

/** Every kind of link, by the key that says so. */
export const linkKinds: { readonly [K in Kind]: LinkKind<LinkConfigs[K]> } = {
  modbus_tcp: modbusTcp,
  modbus_rtu_tcp: modbusRtuTcp,
  modbus_rtu: modbusRtu,
  serial_tcp: serialTcp,
  serial: serialPort,
  broker,
  mqtt,
}

export function isKind(key: string): key is Kind {
  return Object.hasOwn(linkKinds, key)
}

export const kinds: readonly Kind[] = Object.keys(linkKinds).filter(isKind)

/** Whether devices on this kind of link speak the protocol. */
export function speaks(kind: Kind, protocol: DeviceProfile['protocol']): boolean {
  return linkKinds[kind].protocols.includes(protocol)
}

export function isModbusLink(link: LinkConfig): link is ModbusLinkConfig {
  return speaks(link.kind, 'modbus')
}
