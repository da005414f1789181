import { limits } from '@lineside/contract'
import { createAppointments } from './appointments.ts'
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
  /** Hears how many bytes of the memory are given out. */
  readonly memoryUsed?: (bytes: number) => void
}

/** Request bodies at once, of all gateways and of one. */
export const maxBodies = 64
export const maxBodiesEach = 4

/**
 * Bytes of memory that one decompressed byte takes while it is decoded and stored: its line as text, its entry as
 * objects, and both once more on the way to the log.
 */
const memoryFactor = 6
/** Decompressed bytes that are expected of one: batches of one second have 5.5, what an outage left, merged, 12. */
const expectedRatio = 12
/** Of the memory, what one gateway is kept for bodies that have not come yet. */
const keptShare = 1 / 16
/** How long it is kept for whoever announces a body and does not send it, while others need it. */
const patienceMs = 1000

/** One request that was let in. */
export interface Place {
  /** Accounts for what was received and decompressed; a refusal where it becomes too much. */
  take(bytes: number, textBytes: number): Refused | undefined
  /** Harmless when called again. */
  leave(nowMs: number): void
}

/** Who may send now: bounded bodies, bounded memory, a rate for each gateway. Times are monotonic milliseconds. */
export interface Admission {
  readonly underWay: number
  /** `announced`: compressed bytes that the body will have. */
  enter(gateway: string, announced: number, nowMs: number): Place | Refused
}

export function createAdmission({ memory, gatewayRate, received, memoryUsed }: AdmissionOptions): Admission {
  const rate = createRate(gatewayRate, Math.max(2 * gatewayRate, 4 * 1024 * 1024))
  const appointments = createAppointments()
  const bodies = new Map<string, number>()
  /** Gives back what is kept for nothing, of every place. */
  const reclaims = new Set<(nowMs: number) => void>()
  let underWay = 0
  let used = 0

  /** What does not fit beside others may still come alone: else it could never come. */
  const fits = (more: number, own: number) => used + more <= memory || used === own

  function busy(message: string, nowMs: number): Refused {
    return refused(429, 'busy', message, appointments.next(nowMs))
  }

  return {
    get underWay() {
      return underWay
    },
    enter(gateway, announced, nowMs) {
      const waitMs = rate.waitMs(gateway, nowMs)
      if (waitMs > 0) {
        return refused(429, 'rate', `more than ${gatewayRate} bytes a second; send again later`, waitMs)
      }
      const own = bodies.get(gateway) ?? 0
      if (own >= maxBodiesEach) return refused(429, 'busy', `${own} requests of this gateway are under way`, 1000)
      if (underWay >= maxBodies) return busy('too many requests are under way', nowMs)
      // Kept from the start: a body that has to be given up half decoded was work for nothing.
      const wanted = announced + Math.min(announced * expectedRatio, limits.requestTextBytes) * memoryFactor
      const expected = own > 0 ? 0 : Math.min(wanted, memory * keptShare)
      if (!fits(expected, 0)) for (const reclaim of reclaims) reclaim(nowMs)
      if (!fits(expected, 0)) return busy('too much is under way', nowMs)
      bodies.set(gateway, own + 1)
      underWay++
      let kept = 0
      let taken = 0
      let left = false
      const keep = (bytes: number) => {
        used += bytes - kept
        kept = bytes
        memoryUsed?.(used)
      }
      keep(expected)
      const reclaim = (at: number) => {
        if (at - nowMs > patienceMs && kept > taken) keep(taken)
      }
      reclaims.add(reclaim)
      return {
        take(bytes, textBytes) {
          // A body that was given up may still have chunks on their way.
          if (left) return refused(408, 'timeout', 'the request is over')
          rate.charge(gateway, bytes, nowMs)
          received?.(bytes)
          taken += bytes + textBytes * memoryFactor
          if (taken <= kept) return undefined
          if (!fits(taken - kept, kept)) return busy('too much is under way', nowMs)
          keep(taken)
          return undefined
        },
        leave(endedMs) {
          if (left) return
          left = true
          appointments.served(endedMs - nowMs, underWay)
          reclaims.delete(reclaim)
          keep(0)
          underWay--
          const others = (bodies.get(gateway) ?? 1) - 1
          if (others === 0) bodies.delete(gateway)
          else bodies.set(gateway, others)
        },
      }
    },
  }
}
