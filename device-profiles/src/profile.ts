import type { ModbusProfile } from './modbus/profile.ts'
import type { MqttProfile } from './mqtt/profile.ts'
import type { SparkplugProfile } from './sparkplug/profile.ts'
import type { SerialProfile } from './serial/profile.ts'

/** A device profile as it is used: checked, `extends` resolved, every default written out. */
export type DeviceProfile = ModbusProfile | SerialProfile | MqttProfile | SparkplugProfile

/** The same by the name that a profile gives under `protocol`. */
export type DeviceProfiles = { readonly [P in DeviceProfile as P['protocol']]: P }
