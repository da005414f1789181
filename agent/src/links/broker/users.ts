import { createHash, timingSafeEqual } from 'node:crypto'
import { topicMatches } from '@lineside/device-profiles'
import type { BrokerUser } from '../../config/types.ts'

/**
 * The user behind a name and password; undefined where they don't fit. Takes as long for a wrong name as for a
 * wrong password, whatever their lengths.
 */
export function authenticate(
  users: ReadonlyMap<string, BrokerUser>,
  name: string | undefined,
  password: Uint8Array | undefined,
): BrokerUser | undefined {
  const user = users.get(name ?? '')
  const expected = digest(user ? user.password.reveal() : '')
  const equal = timingSafeEqual(expected, digest(password ?? ''))
  // An empty password is nobody's, also where one was configured.
  return user && equal && password && password.length > 0 ? user : undefined
}

function digest(text: string | Uint8Array): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether every topic that `wanted` matches is matched by `granted` as well: `a/#` covers `a/+/c`, `+/b` doesn't. */
export function filterCovers(granted: string, wanted: string): boolean {
  if (wanted.startsWith('$') && /^[+#]/.test(granted)) return false
  const has = granted.split('/')
  const wants = wanted.split('/')
  for (let i = 0; i < has.length; i++) {
    if (has[i] === '#') return true
    // `a/#` matches `a` as well, so `a/+` is narrower and `a` is too narrow.
    if (wants[i] === undefined || wants[i] === '#') return false
    if (has[i] !== '+' && has[i] !== wants[i]) return false
  }
  return has.length === wants.length
}

/** Deny by default: nothing under `$`, and nothing that none of the user's filters allows. */
export function mayPublish(user: BrokerUser | undefined, topic: string): boolean {
  return user !== undefined && !topic.startsWith('$') && user.publish.some(filter => topicMatches(filter, topic))
}

/** Whether the user may subscribe to a filter: one of the user's own filters covers all of it. */
export function maySubscribe(user: BrokerUser | undefined, filter: string): boolean {
  return user !== undefined && !filter.startsWith('$') && user.subscribe.some(granted => filterCovers(granted, filter))
}
