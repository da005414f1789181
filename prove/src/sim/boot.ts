import type { Clock, Timer } from '@lineside/contract'
import type { TimeService } from '../../../agent/src/clock/time-service.ts'
import type { Scheduler } from './scheduler.ts'

const dayMs = 86_400_000

export interface Traits {
  readonly isAlone: boolean
  readonly isPinned: boolean
}

/** One boot of a machine: its clocks, and what its time service knows. */
export class Boot implements Clock {
  readonly id: string
  /** Neither a time service nor a receiver with a certificate: whoever sets its clock is right. */
  readonly isAlone: boolean
  /** Whether its agent knows the receiver by its authority. */
  readonly isPinned: boolean
  readonly #scheduler: Scheduler
  #zero: number
  #offsetMs: number
  #isSynchronised: boolean

  constructor(scheduler: Scheduler, id: string, traits: Traits, offsetMs: number) {
    this.#scheduler = scheduler
    this.id = id
    this.isAlone = traits.isAlone
    this.isPinned = traits.isPinned
    this.#zero = scheduler.monotonic() - scheduler.random() * 60_000
    this.#offsetMs = offsetMs
    this.#isSynchronised = offsetMs === 0 && !traits.isAlone
  }

  /** By how much its clock is off. */
  get offsetMs(): number {
    return this.#offsetMs
  }

  now(): number {
    return Math.max(0, Math.floor(this.#scheduler.now() + this.#offsetMs))
  }

  monotonic(): number {
    return this.#scheduler.monotonic() - this.#zero
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#scheduler.after(delayMs, callback)
  }

  /** The same in a clone of the machine; each goes its own way from here. */
  clone(): Boot {
    const boot = new Boot(this.#scheduler, this.id, this, this.#offsetMs)
    boot.#zero = this.#zero
    boot.#isSynchronised = this.#isSynchronised
    return boot
  }

  /** Somebody sets its clock: the kernel takes back that it is synchronised. */
  set(offsetMs: number): void {
    this.#offsetMs = offsetMs
    this.#isSynchronised = false
  }

  /** Its monotonic clock stands still. */
  sleep(ms: number): void {
    this.#zero += ms
  }

  /** Its time service finds the time, or a person sets it right where there is none. */
  synchronise(): void {
    this.#offsetMs = 0
    this.#isSynchronised = !this.isAlone
  }

  get service(): TimeService | undefined {
    if (this.isAlone) return undefined
    return { ask: () => Promise.resolve(this.#isSynchronised ? 'synchronised' : 'searching') }
  }
}

const hourMs = 3_600_000

/** A machine boots, with a wrong clock now and then; many a boot is over before it comes to know the time. */
export function bootMachine(s: Scheduler, id: string, traits: Traits, mayBeWrong: boolean): Boot {
  const isWrong = mayBeWrong && !traits.isAlone && s.chance(0.8)
  const offsetMs = isWrong ? wrongAtBoot(s) : 0
  const booted = new Boot(s, id, traits, offsetMs)
  s.tell(`a machine boots, its clock is off by ${Math.round(offsetMs / 1000)} s`)
  if (isWrong && s.chance(0.5)) s.after(s.random() * hourMs, () => booted.synchronise())
  return booted
}

/** By how much a machine without a clock chip may be off when it boots; 0 is right. */
function wrongAtBoot(s: Scheduler): number {
  return (s.pick([-20 * 365, -400, -21, -1, 3 * 365]) ?? 0) * dayMs * (0.5 + s.random() / 2)
}

/** How far somebody may set a clock. */
export function setByHand(s: Scheduler): number {
  return (s.random() - 0.5) * 2 * (s.pick([5000, 3_600_000, dayMs * 40]) ?? 0)
}
