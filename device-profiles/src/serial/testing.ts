import { formatProblem } from '@lineside/settings'
import { loadYaml } from '../values/testing.ts'
import type { SerialProfile } from './profile.ts'

/** A serial profile from YAML without its head. Throws on the first problem. */
export function serialProfile(text: string): SerialProfile {
  const { profile, problems } = loadYaml('serial', text)
  if (profile?.protocol === 'serial') return profile
  throw new Error(problems.map(formatProblem).join('\n'))
}
