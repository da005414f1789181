import type { FastifyRequest } from 'fastify'
import { bearerOf } from '../credentials/token.ts'
import type { IngestOptions } from './options.ts'
import { createRate } from './rate.ts'
import { refused } from './refused.ts'
import type { Refused } from './refused.ts'

/** The gateway whose token the request carries, or the refusal. */
export type Authenticate = (request: FastifyRequest) => { readonly name: string } | Refused

/** Requests without a valid token that one address may make at once, and a second over time. */
const failureBurst = 30
const failureRate = 0.5
/** An address is named in the log at most once in this time. */
const windowMs = 600_000
/** Addresses that are remembered; the oldest goes first. */
const maxAddresses = 10_000

const unauthorized = refused(401, 'unauthorized', 'no valid token; send authorization: Bearer TOKEN')

export function createAuthenticate({
  credentials,
  clock,
  logger,
  metrics,
}: Pick<IngestOptions, 'credentials' | 'clock' | 'logger' | 'metrics'>): Authenticate {
  const failures = createRate(failureRate, failureBurst)
  const named = new Map<string, number>()

  function tell(address: string, now: number): void {
    const last = named.get(address)
    if (last !== undefined && now - last < windowMs) return
    const [oldest] = named.keys()
    if (last === undefined && named.size >= maxAddresses && oldest !== undefined) named.delete(oldest)
    named.delete(address)
    named.set(address, now)
    logger.warn({ address }, 'requests without a valid token; not named again for ten minutes')
  }

  return request => {
    const token = bearerOf(request.headers.authorization)
    const name = token === undefined ? undefined : credentials.verify(token)
    // A valid token is heard whatever its neighbours behind the same address do.
    if (name !== undefined) return { name }
    const now = clock.monotonic()
    const address = request.socket.remoteAddress ?? 'unknown'
    metrics.unauthorized.inc()
    tell(address, now)
    const waitMs = failures.waitMs(address, now)
    if (waitMs > 0) return refused(429, 'rate', 'too many requests without a valid token; send again later', waitMs)
    failures.charge(address, 1, now)
    return unauthorized
  }
}
