/** How long to wait before trying again. */
export interface BackoffPolicy {
  readonly baseMs: number
  readonly maxMs: number
}

/**
 * Delay before attempt `attempt` (0 is the first retry): doubles from `baseMs` to `maxMs`,
 * and is drawn from its upper half, so that many that failed together don't come back together.
 */
export function backoffDelay(policy: BackoffPolicy, attempt: number, random: () => number): number {
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(attempt, 30))
  return ceiling * (0.5 + random() / 2)
}

/** What is known of a device that is polled. Times are monotonic, ms. */
export interface DeviceHealth {
  /** `starting` until the first outcome. */
  readonly state: 'starting' | 'online' | 'offline'
  /** When it came into this state. */
  readonly sinceMs: number
  /** Polls in a row without an answer. */
  readonly failures: number
  /** Probes without lasting success: sets the back-off. Cleared by a good poll, not by a good probe. */
  readonly attempt: number
  /** When an offline device is asked again. */
  readonly probeAtMs: number
}

export interface HealthPolicy extends BackoffPolicy {
  /** Polls in a row without an answer that make a device offline. */
  readonly failures: number
}

export const defaultHealthPolicy: HealthPolicy = { failures: 2, baseMs: 2000, maxMs: 60_000 }

export function startingHealth(nowMs: number): DeviceHealth {
  return { state: 'starting', sinceMs: nowMs, failures: 0, attempt: 0, probeAtMs: 0 }
}

/** Health after a poll or a probe; the same object where nothing changed. */
export function healthAfter(
  health: DeviceHealth,
  outcome: { readonly kind: 'poll' | 'probe'; readonly answered: boolean },
  nowMs: number,
  random: () => number,
  policy: HealthPolicy = defaultHealthPolicy,
): DeviceHealth {
  if (outcome.answered) {
    const attempt = outcome.kind === 'poll' ? 0 : health.attempt
    if (health.state === 'online' && health.failures === 0 && health.attempt === attempt) return health
    const sinceMs = health.state === 'online' ? health.sinceMs : nowMs
    return { state: 'online', sinceMs, failures: 0, attempt, probeAtMs: 0 }
  }
  const failures = health.failures + 1
  // One that came back for a probe only gets no second chance: a device that answers short requests
  // and never long ones would cost its line two time-outs each round.
  const allowed = health.attempt > 0 ? 1 : policy.failures
  if (health.state !== 'offline' && failures < allowed) return { ...health, failures }
  const attempt = health.attempt + 1
  const probeAtMs = nowMs + backoffDelay(policy, health.attempt, random)
  const sinceMs = health.state === 'offline' ? health.sinceMs : nowMs
  return { state: 'offline', sinceMs, failures, attempt, probeAtMs }
}

/** Has the line come back, an offline device is asked at once instead of after its back-off. */
export function probeNow(health: DeviceHealth, nowMs: number): DeviceHealth {
  return health.state === 'offline' && health.probeAtMs > nowMs ? { ...health, probeAtMs: nowMs } : health
}
