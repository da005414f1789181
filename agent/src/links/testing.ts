import { type Sample, type StateEntry, systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import type { DeviceProfile } from '@lineside/device-profiles'
import { pino } from 'pino'
import type { DeviceConfig } from '../config/types.ts'
import type { LinkContext, Settle } from '../intake.ts'

/** What a link delivered, and a way to wait for it. */
export class TestIntake {
  readonly samples: Sample[] = []
  readonly states: Omit<StateEntry, 'k' | 't'>[] = []
  readonly settles: Settle[] = []
  /** Those of the samples that are from the past. */
  readonly historical: Sample[] = []
  /** Those of which nobody knows that they are of now. */
  readonly keptBefore: Sample[] = []
  /** How often an early commit was asked for. */
  hurried = 0
  #watchers: (() => void)[] = []

  sample(sample: Sample, settle?: Settle): void {
    this.samples.push(sample)
    if (settle) this.settles.push(settle)
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  past(sample: Sample, settle?: Settle): void {
    this.historical.push(sample)
    this.sample(sample, settle)
  }

  kept(sample: Sample, settle?: Settle): void {
    this.keptBefore.push(sample)
    this.sample(sample, settle)
  }

  hurry(): void {
    this.hurried++
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  state(change: Omit<StateEntry, 'k' | 't'>): void {
    this.states.push(change)
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  /** Resolves when `condition` holds, looking again at each sample and each state. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>(resolve => void this.#watchers.push(resolve))
  }
}

export function testContext(intake = new TestIntake()): LinkContext & { readonly intake: TestIntake } {
  return { clock: systemClock, random: seededRandom(11), log: pino({ enabled: false }), intake }
}

/** A device that reads every point of its profile. */
export function testDevice(
  name: string,
  profile: DeviceProfile,
  more: Partial<DeviceConfig> & { everyMs?: number } = {},
): DeviceConfig {
  const { everyMs = 20, ...rest } = more
  const points = [...profile.points.keys()].map(
    point => [point, { name: point, everyMs, deadband: 0, maxSilenceMs: 0 }] as const,
  )
  return {
    name,
    link: 'line',
    profile,
    unitId: 1,
    params: {},
    tags: {},
    points: new Map(points),
    alarms: [],
    detect: [],
    ...rest,
  }
}

/** What every profile has. */
export const testBase = {
  profile: 'test/device',
  version: '000000000000',
  vendor: 'Test',
  model: 'Device',
  sources: [],
  requirements: [],
  caveats: [],
  params: new Map(),
  tests: [],
}

/** A point that travels as a number in a text. */
export const testNumber = {
  type: 'number',
  scale: 1,
  offset: 0,
  units: new Map(),
  names: new Map(),
  notAvailable: new Set<string>(),
} as const
