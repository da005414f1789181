import type { Value } from '@lineside/contract'
import { type DeviceProfile, ProfileError, type TextPoint } from '@lineside/device-profiles'

/** What a call gives, or undefined where a value doesn't fit the profile. */
export function attempt<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    if (error instanceof ProfileError && error.code === 'not_encodable') return undefined
    throw error
  }
}

/** A device's params, those not set taken from the profile's defaults. */
export function paramsOf(
  profile: DeviceProfile,
  params: Readonly<Record<string, number | string>>,
): Readonly<Record<string, number | string>> {
  const filled: Record<string, number | string> = {}
  for (const [name, declared] of profile.params) if (declared.default !== undefined) filled[name] = declared.default
  return { ...filled, ...params }
}

/** A number as a device would write it: where the profile names no decimals, three, or three digits of a small one. */
export function shortened(point: TextPoint, value: Value): Value {
  if (typeof value !== 'number' || point.type !== 'number' || point.decimals !== undefined) return value
  return Math.abs(value) >= 0.1 ? Math.round(value * 1000) / 1000 : Number(value.toPrecision(3))
}
