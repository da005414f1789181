import type { IngestOptions, Storing } from './options.ts'

/** As the agent's own. */
export interface Health {
  /** `degraded`: it takes what comes, and somebody should look; `failing`: it takes nothing. */
  readonly status: 'ok' | 'degraded' | 'failing'
  /** One sentence for each thing that is wrong. */
  readonly problems: readonly string[]
}

/**
 * For so long a request that could not be stored speaks for the next one. No longer: a load balancer sends nothing to
 * whoever is failing, and then nothing would ever show that the log stores again.
 */
export const failedForMs = 15_000

/** Whether a load balancer may send gateways here. A projection that stands still is no reason against it: the log keeps what comes. */
export function judgeHealth(
  { full, failing, degraded, clock }: Pick<IngestOptions, 'full' | 'failing' | 'degraded' | 'clock'>,
  { failedMs }: Storing,
): Health {
  const failed = failedMs !== undefined && clock.monotonic() - failedMs < failedForMs
  const fatal = [...(failed ? ['the log can not store'] : []), ...failing(), full() ?? []].flat()
  const problems = [...fatal, ...degraded()]
  return { status: fatal.length > 0 ? 'failing' : problems.length > 0 ? 'degraded' : 'ok', problems }
}
