import { modbusProtocol } from './modbus/protocol.ts'
import { mqttProtocol } from './mqtt/protocol.ts'
import type { DeviceProfile, DeviceProfiles } from './profile.ts'
import type { ProfileTestFailure, Protocol } from './protocol.ts'
import { serialProtocol } from './serial/protocol.ts'
import { sparkplugProtocol } from './sparkplug/protocol.ts'

const table: { readonly [P in keyof DeviceProfiles]: Protocol<DeviceProfiles[P]> } = {
  modbus: modbusProtocol,
  serial: serialProtocol,
  mqtt: mqttProtocol,
  sparkplug: sparkplugProtocol,
}

/** Every protocol by the name a profile gives under `protocol`. */
export const protocols: ReadonlyMap<string, Protocol> = new Map<string, Protocol>(Object.entries(table))

/** The protocol of a profile. */
export function protocolOf({ protocol }: Pick<DeviceProfile, 'protocol'>): Protocol {
  return table[protocol]
}

/** Runs the vectors under `tests:` and decode(encode(x)) for every point. Empty: all is well. */
export function runProfileTests(profile: DeviceProfile): readonly ProfileTestFailure[] {
  return protocolOf(profile).test(profile)
}
