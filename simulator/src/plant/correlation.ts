import type { DeviceProfile } from '@lineside/device-profiles'
import type { WaveformSpec } from '../waveforms/spec.ts'

/** The point that a waveform follows, if it follows one. */
export function leaderOf(spec: WaveformSpec | undefined): string | undefined {
  return spec?.correlated?.with ?? (spec?.noise ? leaderOf(spec.noise.of) : spec?.stuck && leaderOf(spec.stuck.of))
}

/** Followers of points that are not there, and of themselves over however many others. */
export function correlationProblems(
  points: Readonly<Record<string, WaveformSpec>>,
  profile: Pick<DeviceProfile, 'points'>,
): { readonly point: string; readonly message: string }[] {
  const problems: { point: string; message: string }[] = []
  for (const [point, spec] of Object.entries(points)) {
    const leader = leaderOf(spec)
    if (leader === undefined) continue
    if (!profile.points.has(leader)) {
      const known = [...profile.points.keys()].slice(0, 12).join(', ')
      problems.push({ point, message: `there is no point ${leader} to follow; there is ${known}` })
      continue
    }
    const way = [point]
    for (let next: string | undefined = leader; next !== undefined; next = leaderOf(points[next])) {
      const round = way.includes(next)
      way.push(next)
      if (!round) continue
      if (next === point) {
        const message = `${way.join(' follows ')}; let one of them have a waveform of its own`
        problems.push({ point, message })
      }
      break
    }
  }
  return problems
}
