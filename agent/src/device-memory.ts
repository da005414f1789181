import type { DeviceMemory } from './intake.ts'

/** JSON value of one device, with the identity that it belongs to. */
interface Kept {
  readonly identity: string
  readonly what: unknown
}

/**
 * Remembers one JSON value for each configured device; those of others are forgotten. `saved` is what `write` was given
 * last, by whichever run; what can't be read of it counts as nothing.
 */
export function createDeviceMemory(
  devices: Iterable<string>,
  saved: string | undefined,
  write: (text: string) => void,
): DeviceMemory {
  const old = readKept(saved)
  const kept = new Map([...devices].flatMap(name => (old.has(name) ? [[name, old.get(name)] as const] : [])))
  return {
    of: (device, identity) => ({
      recall() {
        const known = kept.get(device)
        return known?.identity === identity ? known.what : undefined
      },
      keep(what) {
        if (what === undefined) kept.delete(device)
        else kept.set(device, { identity, what })
        write(JSON.stringify(Object.fromEntries(kept)))
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
