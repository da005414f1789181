import type { DeviceProfile } from '../../profile.ts'
import type { ModbusProfile } from '../profile.ts'
import type { Sunspec } from './profile.ts'

/** A Modbus profile whose points lie in models. */
export interface SunspecProfile extends ModbusProfile {
  readonly sunspec: Sunspec
}

export function isSunspec(profile: DeviceProfile | undefined): profile is SunspecProfile {
  return profile?.protocol === 'modbus' && profile.sunspec !== undefined
}
