/** A token bucket that may run into debt: what comes is charged when it has come, and the debt is waited for. */
export interface Rate {
  /** Milliseconds until the next request may come; 0: now. */
  waitMs(key: string, nowMs: number): number
  charge(key: string, amount: number, nowMs: number): void
}

interface Bucket {
  level: number
  at: number
}

/** Keys that are remembered; a bucket that is full again is as good as none. */
const maxKeys = 10_000

/** `perSecond` over time and `burst` at once, for each key. Times are monotonic. */
export function createRate(perSecond: number, burst: number): Rate {
  const buckets = new Map<string, Bucket>()

  function levelOf(key: string, nowMs: number): number {
    const bucket = buckets.get(key)
    return bucket === undefined ? burst : Math.min(burst, bucket.level + ((nowMs - bucket.at) / 1000) * perSecond)
  }

  function forgetFull(nowMs: number): void {
    for (const key of buckets.keys()) if (levelOf(key, nowMs) >= burst) buckets.delete(key)
    for (const key of buckets.keys()) {
      if (buckets.size < maxKeys) return
      buckets.delete(key)
    }
  }

  return {
    waitMs(key, nowMs) {
      const level = levelOf(key, nowMs)
      return level > 0 ? 0 : Math.ceil((-level / perSecond) * 1000) + 1
    },
    charge(key, amount, nowMs) {
      if (!buckets.has(key) && buckets.size >= maxKeys) forgetFull(nowMs)
      buckets.set(key, { level: levelOf(key, nowMs) - amount, at: nowMs })
    },
  }
}
