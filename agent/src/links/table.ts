import type { DeviceConfig, LinkConfig, LinkConfigs } from '../config/types.ts'
import type { LinkContext } from '../intake.ts'
import type { Link } from './link.ts'
import { ModbusLink } from './modbus/link.ts'
import { SerialLink } from './serial/link.ts'

type Create<C extends LinkConfig> = (config: C, devices: readonly DeviceConfig[], context: LinkContext) => Promise<Link>

const modbus: Create<LinkConfigs['modbus_tcp' | 'modbus_rtu_tcp' | 'modbus_rtu']> = async (...of) =>
  new ModbusLink(...of)
const serial: Create<LinkConfigs['serial_tcp' | 'serial']> = async (...of) => new SerialLink(...of)

/** How each kind of link is made. A gateway without MQTT doesn't load the libraries for it, some 15 MB. */
const creators: { readonly [K in keyof LinkConfigs]: Create<LinkConfigs[K]> } = {
  modbus_tcp: modbus,
  modbus_rtu_tcp: modbus,
  modbus_rtu: modbus,
  serial_tcp: serial,
  serial,
  mqtt: async (...of) => new (await import('./mqtt/link.ts')).MqttLink(...of),
  broker: async (...of) => new (await import('./broker/link.ts')).BrokerLink(...of),
}

/** Makes a link with the devices on it; devices of other links are left out. Nothing is opened before `start`. */
export function createLink(config: LinkConfig, devices: Iterable<DeviceConfig>, context: LinkContext): Promise<Link> {
  const own = [...devices].filter(device => device.link === config.name)
  return create(config.kind, config, own, context)
}

function create<K extends keyof LinkConfigs>(kind: K, ...of: Parameters<Create<LinkConfigs[K]>>): Promise<Link> {
  return creators[kind](...of)
}
