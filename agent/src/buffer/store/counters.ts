import { entryProblem, parseJson } from '@lineside/contract'

/**
 * Which points are counters, as devices were last described. A device that is no longer configured keeps its own as long
 * as something of it may wait.
 */
export class Counters {
  readonly #devices: Map<string, ReadonlySet<string>>

  /** From `text` of an earlier one; from nothing where it can't be read. */
  constructor(text?: string) {
    const known: Readonly<Record<string, readonly string[]>> = text === undefined ? {} : JSON.parse(text)
    this.#devices = new Map(Object.entries(known).map(([device, points]) => [device, new Set(points)]))
  }

  /** Takes over what the lines of device entries say; `forgetOthers` when nothing waits of any other device. */
  describe(lines: readonly string[], forgetOthers: boolean): void {
    if (forgetOthers) this.#devices.clear()
    for (const line of lines) {
      const entry = parseJson(line)
      if (entryProblem(entry) !== undefined || !isDescription(entry)) continue
      const counters = Object.entries(entry.points).filter(([, { counter }]) => counter === true)
      if (counters.length === 0) this.#devices.delete(entry.device)
      else this.#devices.set(entry.device, new Set(counters.map(([point]) => point)))
    }
  }

  has(device: string, point: string): boolean {
    return this.#devices.get(device)?.has(point) === true
  }

  text(): string {
    return JSON.stringify(Object.fromEntries([...this.#devices].map(([device, points]) => [device, [...points]])))
  }
}

interface Description {
  readonly device: string
  readonly points: Readonly<Record<string, { readonly counter?: boolean }>>
}

function isDescription(entry: unknown): entry is Description {
  return typeof entry === 'object' && entry !== null && 'k' in entry && entry.k === 'device'
}
