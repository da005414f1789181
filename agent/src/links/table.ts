import type { DeviceConfig, LinkConfig } from '../config/types.ts'
import { BrokerLink } from './broker.ts'
import type { Link, LinkContext } from './link.ts'
import { ModbusTcpLink } from './modbus-tcp.ts'
import { SerialTcpLink } from './serial-tcp.ts'

/** Makes a link with the devices on it; devices of other links are left out. Nothing is opened before `start`. */
export function createLink(config: LinkConfig, devices: Iterable<DeviceConfig>, context: LinkContext): Link {
  const own = [...devices].filter(device => device.link === config.name)
  switch (config.kind) {
    case 'modbus_tcp':
      return new ModbusTcpLink(config, own, context)
    case 'serial_tcp':
      return new SerialTcpLink(config, own, context)
    default:
      return new BrokerLink(config, own, context)
  }
}
