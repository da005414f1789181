import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * `lsr_<id>_<secret>`: the id (48 bits, hex) finds the row, the secret (256 bits, base64url) proves it.
 * The look-up by id gives nothing away; the secret's hash is compared in constant time.
 */
const pattern = /^lsr_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/

export interface NewToken {
  readonly id: string
  /** The whole token, to be shown once. */
  readonly token: string
  readonly hash: Buffer
}

export function mintToken(): NewToken {
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { id, token: `lsr_${id}_${secret}`, hash: hashOf(secret) }
}

/** The parts of a presented token; undefined when it has not the shape of one. */
export function parseToken(text: string): { readonly id: string; readonly secret: string } | undefined {
  const found = pattern.exec(text)
  const [, id, secret] = found ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** SHA-256 suffices for a secret of 256 random bits: there is nothing to guess. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Takes as long for an unknown id as for a wrong secret. */
export function verifySecret(secret: string, stored: Buffer | undefined): boolean {
  const presented = hashOf(secret)
  const known = stored?.length === presented.length ? stored : undefined
  return timingSafeEqual(presented, known ?? Buffer.alloc(presented.length)) && known !== undefined
}

/** The token of an `Authorization: Bearer …` header; undefined when there is none. */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined || header.length > 512) return undefined
  return /^Bearer +(\S+) *$/i.exec(header)?.[1]
}
