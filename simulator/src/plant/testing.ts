import { type DeviceProfile, loadProfiles } from '@lineside/device-profiles'
import { nodePlantIo } from './node-io.ts'

/** Every profile of the library, by name. */
export const libraryProfiles: ReadonlyMap<string, DeviceProfile> = loadProfiles(
  nodePlantIo({}).builtinProfiles(),
).profiles

/** A profile of the library, for a test. */
export function builtinProfile(name: string): DeviceProfile {
  const profile = libraryProfiles.get(name)
  if (profile === undefined) throw new TypeError(`no profile ${name}`)
  return profile
}
