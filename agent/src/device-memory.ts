import type { DeviceMemory } from './intake.ts'

/** JSON value of one device, with the identity that it belongs to. */
interface Kept {
  readonly identity: string
  readonly what: unknown
}

export interface LastingMemory extends DeviceMemory {
  /**
   * Takes up what `write` was given last, by an earlier run; what can't be read of it counts as nothing. What was learned
   * since this run began stays.
   */
  restore(saved: string | undefined): void
}

/** Remembers one JSON value for each configured device; those of others are forgotten. */
export function createDeviceMemory(devices: Iterable<string>, write: (text: string) => void): LastingMemory {
  const kept = new Map<string, Kept>()
  const learned = new Set<string>()
  const names = [...devices]
  const save = () => write(JSON.stringify(Object.fromEntries(kept)))
  return {
    restore(saved) {
      const old = readKept(saved)
      for (const name of names) {
        const before = old.get(name)
        if (before && !learned.has(name)) kept.set(name, before)
      }
      if (learned.size > 0) save()
    },
    of: (device, identity) => ({
      recall() {
        const known = kept.get(device)
        return known?.identity === identity ? known.what : undefined
      },
      keep(what) {
        learned.add(device)
        if (what === undefined) kept.delete(device)
        else kept.set(device, { identity, what })
        save()
      },
    }),
  }
}

function readKept(saved: string | undefined): ReadonlyMap<string, Kept> {
  if (saved === undefined) return new Map()
  try {
    const parsed: unknown = JSON.parse(saved)
    const entries = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : []
    return new Map(entries.flatMap(([name, value]) => (isKept(value) ? [[name, value] as const] : [])))
  } catch {
    return new Map()
  }
}

function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'identity' in value && 'what' in value
}
