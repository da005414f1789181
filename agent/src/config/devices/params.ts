import type { DeviceProfile } from '@lineside/device-profiles'
import { suggest } from '@lineside/settings'
import { complain, type Resolving } from '../context.ts'
import type { DeviceEntry } from './entry.ts'

/** Every param of the profile: as written, else its default. */
export function resolveParams(
  ctx: Resolving,
  device: string,
  entry: DeviceEntry,
  profile: DeviceProfile,
): Readonly<Record<string, number | string>> {
  const path = ['devices', device, 'params']
  for (const name of Object.keys(entry.params)) {
    if (profile.params.has(name)) continue
    complain(
      ctx,
      [...path, name],
      `${profile.profile} has no param ${name}`,
      suggest(name, [...profile.params.keys()]),
      'key',
    )
  }
  const params: Record<string, number | string> = {}
  for (const [name, declared] of profile.params) {
    const written = Object.hasOwn(entry.params, name) ? entry.params[name] : undefined
    const value = written ?? declared.default
    if (value === undefined) {
      const fix = `write params: { ${name}: … } (${declared.description})`
      complain(ctx, ['devices', device], `the param ${name} is missing`, fix, 'key')
      continue
    }
    if (typeof value === 'string' && typeof declared.default !== 'string') {
      complain(ctx, [...path, name], `${JSON.stringify(value)} is not a number`, 'write a number')
      continue
    }
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = declared
    if (typeof value === 'number' && value < min)
      complain(ctx, [...path, name], `${value} is too small`, `write at least ${min}`)
    if (typeof value === 'number' && value > max)
      complain(ctx, [...path, name], `${value} is too large`, `write at most ${max}`)
    params[name] = value
  }
  return params
}
