import type { DeviceConfig, LinkConfig } from '../config/types.ts'
import type { LinkContext } from '../intake.ts'
import type { Link } from './link.ts'
import { ModbusLink } from './modbus/link.ts'
import { SerialLink } from './serial/link.ts'

/**
 * Makes a link with the devices on it; devices of other links are left out. Nothing is opened before `start`.
 * A gateway without MQTT doesn't load the libraries for it, some 15 MB.
 */
export async function createLink(
  config: LinkConfig,
  devices: Iterable<DeviceConfig>,
  context: LinkContext,
): Promise<Link> {
  const own = [...devices].filter(device => device.link === config.name)
  switch (config.kind) {
    case 'modbus_tcp':
    case 'modbus_rtu_tcp':
    case 'modbus_rtu':
      return new ModbusLink(config, own, context)
    case 'serial_tcp':
    case 'serial':
      return new SerialLink(config, own, context)
    case 'mqtt': {
      const { MqttLink } = await import('./mqtt/link.ts')
      return new MqttLink(config, own, context)
    }
    case 'broker': {
      const { BrokerLink } = await import('./broker/link.ts')
      return new BrokerLink(config, own, context)
    }
    default:
      return config satisfies never
  }
}
