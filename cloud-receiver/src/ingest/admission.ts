import { refused } from './refused.ts'
import type { Refused } from './refused.ts'
import { createRate } from './rate.ts'

export interface AdmissionOptions {
  /** For all request bodies together, in bytes. */
  readonly memory: number
  /** Compressed bytes a second of one gateway. */
  readonly gatewayRate: number
  /** Hears of compressed bytes as they come. */
  readonly received?: (bytes: number) => void
}

/** Request bodies at once, of all gateways and of one. */
export const maxBodies = 64
export const maxBodiesEach = 4

/**
 * Bytes of memory that one decompressed byte takes while it is decoded and stored: its line as text, its entry as
 * objects, and both once more on the way to the log.
 */
const memoryFactor = 6

/** One request that was let in. */
export interface Place {
  /** Accounts for what was received and decompressed; a refusal where it becomes too much. */
  take(bytes: number, textBytes: number): Refused | undefined
  leave(): void
}

/** Who may send now: bounded bodies, bounded memory, a rate for each gateway. Times are monotonic milliseconds. */
export interface Admission {
  readonly underWay: number
  enter(gateway: string, nowMs: number): Place | Refused
}

export function createAdmission({ memory, gatewayRate, received }: AdmissionOptions): Admission {
  const rate = createRate(gatewayRate, Math.max(2 * gatewayRate, 4 * 1024 * 1024))
  const bodies = new Map<string, number>()
  let underWay = 0
  let used = 0

  return {
    get underWay() {
      return underWay
    },
    enter(gateway, nowMs) {
      const waitMs = rate.waitMs(gateway, nowMs)
      if (waitMs > 0) {
        return refused(429, 'rate', `more than ${gatewayRate} bytes a second; send again later`, waitMs)
      }
      const own = bodies.get(gateway) ?? 0
      if (own >= maxBodiesEach) return refused(429, 'busy', `${own} requests of this gateway are under way`, 1000)
      if (underWay >= maxBodies) return refused(503, 'busy', 'too many requests are under way', 1000)
      bodies.set(gateway, own + 1)
      underWay++
      let taken = 0
      let left = false
      return {
        take(bytes, textBytes) {
          // A body that was given up may still have chunks on their way.
          if (left) return refused(408, 'timeout', 'the request is over')
          rate.charge(gateway, bytes, nowMs)
          received?.(bytes)
          const more = bytes + textBytes * memoryFactor
          if (used + more > memory) return refused(503, 'busy', 'too much is under way', 1000)
          used += more
          taken += more
          return undefined
        },
        leave() {
          if (left) return
          left = true
          used -= taken
          underWay--
          const others = (bodies.get(gateway) ?? 1) - 1
          if (others === 0) bodies.delete(gateway)
          else bodies.set(gateway, others)
        },
      }
    },
  }
}
