import { seededRandom } from '@lineside/contract/testing'
import type { FaultKind } from './fault-kinds.ts'
import type { History } from './history.ts'
import type { Machine } from './machine.ts'
import type { Release, SimReceiver } from './receiver.ts'
import type { Scheduler } from './scheduler.ts'

const minuteMs = 60_000

/** Of a walk, by its seed alone: another draw from what all chance comes from would change every other walk. */
interface Plan {
  readonly release: Release
  readonly fromMs: number
  readonly untilMs: number
}

/** Bad releases of the receiver, and what people let out of quarantine once there is a better one. */
export class ReleaseFaults {
  readonly #receiver: SimReceiver
  readonly #scheduler: Scheduler
  readonly #history: History
  readonly #isAlone: () => boolean
  #wasBad = false

  /** `isAlone`: no batch is in two databases. */
  constructor(receiver: SimReceiver, scheduler: Scheduler, history: History, isAlone: () => boolean) {
    this.#receiver = receiver
    this.#scheduler = scheduler
    this.#history = history
    this.#isAlone = isAlone
  }

  /** In some walks one comes that rejects a part alone, and when it is over somebody lets out what it did not take. */
  plan(seed: number, machines: readonly Machine[], releasedMs: number): void {
    const plan = planOf(seed)
    if (!plan) return
    const s = this.#scheduler
    this.#wasBad = true
    s.after(plan.fromMs, () => {
      this.#receiver.deployDuringRequest(plan.release)
      s.tell(`the receiver is about to have a bad release: ${plan.release}`)
    })
    s.after(plan.untilMs, () => this.#receiver.deploy('good'))
    s.after(releasedMs, () => {
      for (const machine of machines) this.#letOut(machine)
    })
  }

  /** False where it is a fault of another sort. */
  happen(fault: FaultKind, machine: Machine): boolean {
    switch (fault) {
      case 'bad receiver':
        this.#deployBad()
        return true
      case 'release':
        this.#letOut(machine)
        return true
      default:
        return false
    }
  }

  #deployBad(): void {
    if (this.#wasBad) return
    const s = this.#scheduler
    this.#wasBad = true
    const release = s.pick(['rejects', 'decodes nothing', 'fails'] as const) ?? 'fails'
    this.#receiver.deploy(release)
    s.tell(`the receiver has a bad release: ${release}`)
    s.after(s.random() * 20 * minuteMs, () => this.#receiver.deploy('good'))
  }

  /** A better receiver is there, and somebody lets out of quarantine what the one before rejected. */
  #letOut({ name, process }: Machine): void {
    // Of a batch that two databases hold each would be sent.
    if (!process || !this.#isAlone()) return
    this.#receiver.decodesAll = true
    try {
      const out = process.letOut()
      this.#history.letOut.push(...out)
      this.#scheduler.tell(`${name} releases ${out.map(({ old, as }) => `${old} as ${as}`).join(' ')}`)
    } catch (error) {
      this.#scheduler.tell(`${name} releases nothing: ${String(error)}`)
    }
  }
}

function planOf(seed: number): Plan | undefined {
  const release = new Map<number, Release>([
    [5, 'rejects some'],
    [11, 'decodes no data'],
  ]).get(seed % 12)
  if (release === undefined) return undefined
  const random = seededRandom(seed)
  const fromMs = (2 + random() * 28) * minuteMs
  return { release, fromMs, untilMs: fromMs + (5 + random() * 15) * minuteMs }
}
