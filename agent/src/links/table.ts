import type { DeviceConfig, LinkConfig } from '../config/types.ts'
import { BrokerLink } from './broker.ts'
import type { LinkContext } from '../intake.ts'
import type { Link } from './link.ts'
import { ModbusLink } from './modbus-link.ts'
import { MqttLink } from './mqtt-link.ts'
import { SerialLink } from './serial-link.ts'

/** Makes a link with the devices on it; devices of other links are left out. Nothing is opened before `start`. */
export function createLink(config: LinkConfig, devices: Iterable<DeviceConfig>, context: LinkContext): Link {
  const own = [...devices].filter(device => device.link === config.name)
  switch (config.kind) {
    case 'modbus_tcp':
    case 'modbus_rtu_tcp':
    case 'modbus_rtu':
      return new ModbusLink(config, own, context)
    case 'serial_tcp':
    case 'serial':
      return new SerialLink(config, own, context)
    case 'mqtt':
      return new MqttLink(config, own, context)
    default:
      return new BrokerLink(config, own, context)
  }
}
