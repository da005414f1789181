import type { Quality, Sample, StateEntry, Value } from '@lineside/contract'
import type { Intake } from '../intake.ts'

/** What a device said, point by point. */
export interface Said {
  readonly values: Record<string, Value>
  readonly quality: Record<string, Quality>
}

/** What devices that speak by themselves have said, and what became of the way to them. */
export class Heard implements Intake {
  readonly #devices = new Map<string, Said>()
  #link: StateEntry['state'] | undefined
  #waiting: (() => void)[] = []

  sample({ device, values, quality = {} }: Sample, settle?: () => void): void {
    const all = this.of(device)
    for (const point in values) delete all.quality[point]
    Object.assign(all.values, values)
    Object.assign(all.quality, quality)
    for (const point in quality) if (!(point in values)) delete all.values[point]
    settle?.()
    this.#wake()
  }

  past(_sample: Sample, settle?: () => void): void {
    settle?.()
  }

  kept(sample: Sample, settle?: () => void): void {
    this.sample(sample, settle)
  }

  hurry(): void {}

  state({ scope, state }: Omit<StateEntry, 'k' | 't'>): void {
    if (scope === 'link') this.#link = state
    this.#wake()
  }

  of(device: string): Said {
    const known = this.#devices.get(device) ?? { values: {}, quality: {} }
    this.#devices.set(device, known)
    return known
  }

  has(device: string, points: readonly string[]): boolean {
    const { values, quality } = this.of(device)
    return points.every(point => point in values || point in quality)
  }

  get linkState(): StateEntry['state'] | undefined {
    return this.#link
  }

  /** Resolves when `condition` holds, looking again at whatever happens. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>(resolve => void this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
