/** Longest name of a gateway, device, point, link or alarm, in characters. */
export const maxNameLength = 128

const gatewayPattern = /^[a-z0-9][a-z0-9._-]{0,127}$/i
const namePattern = /^[a-z0-9][a-z0-9_.-]{0,127}$/i
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** What {@link isGatewayName} wants, for messages. */
export const gatewayNameRule = '1 to 128 of A-Z a-z 0-9 . _ -, and it begins with a letter or digit'

/**
 * Whether a text can name a gateway: it becomes part of Kafka keys, archive paths and URLs, and so holds no
 * slash, no space and nothing that a file system or shell would read as its own.
 */
export function isGatewayName(text: unknown): text is string {
  return typeof text === 'string' && gatewayPattern.test(text)
}

/**
 * Whether a text can name a device, point, alarm or link on the wire: as a gateway's name. Settings ask for
 * snake_case; the wire is wider, because what a receiver refuses is lost to everyone. `__proto__` is no name.
 */
export function isName(text: unknown): text is string {
  if (typeof text !== 'string') return false
  if (knownNames.has(text)) return true
  if (!namePattern.test(text)) return false
  if (knownNames.size >= maxKnownNames) knownNames.clear()
  knownNames.add(text)
  return true
}

/** The same names come with every sample: to look one up takes a third of the time of the pattern. */
const knownNames = new Set<string>()
const maxKnownNames = 10_000

/** Whether a text is a UUID in its canonical lower-case form (RFC 9562, section 4): names of streams and boots. */
export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && uuidPattern.test(text)
}
