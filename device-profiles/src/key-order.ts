/** In which order the keys of a profile and of its points stand, in every profile of one protocol. */
export interface KeyOrder {
  readonly profile: readonly string[]
  readonly point: readonly string[]
}

/** Keys whose place is free. */
export const freeKeys: ReadonlySet<string> = new Set(['description'])

interface OwnKeys {
  /** Of the profile: how the device is set up, and how it speaks. */
  readonly device: readonly string[]
  /** Of the profile: what its messages look like. */
  readonly messages?: readonly string[]
  /** Of a point: where its value stands. */
  readonly place: readonly string[]
  /** Of a point: what a value looks like there, behind its type. */
  readonly shape?: readonly string[]
  /** Of a point: how it becomes a number of its unit. */
  readonly value: readonly string[]
  /** Of a point: what is said of it besides. */
  readonly more?: readonly string[]
}

/** The order of the keys that all profiles have, with those of one protocol among them. */
export function keyOrder({ device, messages = [], place, shape = [], value, more = [] }: OwnKeys): KeyOrder {
  const head = ['profile', 'extends', 'vendor', 'model', 'description', 'protocol']
  const facts = ['params', 'requirements', 'caveats', 'sources']
  return {
    profile: [...head, ...device, ...facts, ...messages, 'points', 'alarms', 'tests'],
    point: [...place, 'type', ...shape, ...value, 'range', 'not_available', 'every', ...more, 'counter'],
  }
}
