import type { FaultKind } from './fault-kinds.ts'
import type { History } from './history.ts'
import type { Machine } from './machine.ts'
import type { AgentProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** What happens to the file of a buffer, or is done to it for want of room. */
export class DiskFaults {
  readonly #scheduler: Scheduler
  readonly #history: History
  #ids = 0

  constructor(scheduler: Scheduler, history: History) {
    this.#scheduler = scheduler
    this.#history = history
  }

  /** False where it is a fault of another sort. */
  happen(fault: FaultKind, machine: Machine): boolean {
    const s = this.#scheduler
    const { process } = machine
    switch (fault) {
      case 'evict':
        this.#try('evicts', process, core => core.evict(this.#moment()))
        return true
      case 'thin':
        this.#thin(machine, 1 + s.below(30))
        return true
      case 'merge':
        this.#try('merges', process, core => String(core.merge(this.#moment())))
        return true
      case 'rot': {
        const names = process?.core.rot(n => s.below(n)) ?? []
        for (const name of names) this.#history.rotten.add(name)
        s.tell(`${process?.name}: damaged on the disk: ${names.join(' ')}`)
        return true
      }
      case 'destroy':
        s.tell(`${process?.name}: gone from the disk: ${process?.core.destroy(n => s.below(n)).join(' ')}`)
        return true
      case 'full disk':
        this.#fill(process)
        return true
      default:
        return false
    }
  }

  /** Room is short for a while. */
  #thin(machine: Machine, times: number): void {
    const s = this.#scheduler
    this.#try('thins', machine.process, core => `${core.thin(this.#moment())} readings`)
    if (times > 1) s.after(s.random() * 30_000, () => this.#thin(machine, times - 1))
  }

  #fill(process: AgentProcess | undefined): void {
    const s = this.#scheduler
    if (!process) return
    process.core.diskIsFull = true
    s.tell(`${process.name}: its disk is full`)
    s.after(s.random() * 600_000, () => {
      if (process.isAlive) process.core.diskIsFull = false
    })
  }

  #moment() {
    const newId = () => `00000000-0000-4000-9000-${String(++this.#ids).padStart(12, '0')}`
    return { now: this.#scheduler.now(), ids: [newId(), newId()] }
  }

  /** What the disk refuses changes nothing. */
  #try(what: string, process: AgentProcess | undefined, work: (core: AgentProcess['core']) => string): void {
    if (!process) return
    try {
      this.#scheduler.tell(`${process.name} ${what} ${work(process.core)}`)
    } catch (error) {
      this.#scheduler.tell(`${process.name} ${what}, which the disk refuses: ${String(error)}`)
    }
  }
}
