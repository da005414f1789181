import { type DeviceProfile, layOut, locate, isSunspec } from '@lineside/device-profiles'
import type { DeviceSettings } from './schema.ts'

/** The profile as the device plays it: with the models that are written, at that base. Without a word it has them all. */
export function playedChain(
  profile: DeviceProfile,
  { sunspec: written }: DeviceSettings,
  refuse: (path: readonly PropertyKey[], message: string) => void,
): DeviceProfile {
  if (written === undefined) return profile
  if (!isSunspec(profile)) {
    refuse([], `${profile.profile} has no SunSpec models; remove sunspec`)
    return profile
  }
  const { sunspec } = profile
  const { base, models = sunspec.usual.models.map(({ id }) => id), blocks } = written
  for (const [index, id] of models.entries()) {
    if (sunspec.models.has(id)) continue
    refuse(['models', index], `no model ${id}; ${profile.profile} has ${[...sunspec.models.keys()].join(', ')}`)
  }
  return locate(profile, layOut(sunspec.models, { base, models, blocks }))
}
