import { BufferError, isOfTheDisk } from '../../../agent/src/buffer/error.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { History } from './history.ts'
import { type Machine, type Plant, sleeper } from './machine.ts'
import type { Scheduler } from './scheduler.ts'

const openAgainMs = 5000

/** Agents that die, with their machine or alone, and one that is started under another name. */
export class ProcessFaults {
  readonly #plant: Plant
  readonly #scheduler: Scheduler
  readonly #history: History

  constructor(plant: Plant, scheduler: Scheduler, history: History) {
    this.#plant = plant
    this.#scheduler = scheduler
    this.#history = history
  }

  /** False where it is a fault of another sort. */
  happen(fault: FaultKind, machine: Machine): boolean {
    switch (fault) {
      case 'crash':
        this.#crash(machine, false)
        return true
      case 'reboot':
        this.#crash(machine, true)
        return true
      case 'rename':
        this.#rename(machine)
        return true
      default:
        return false
    }
  }

  #crash(machine: Machine, isReboot: boolean): void {
    const s = this.#scheduler
    if (!machine.process) return
    s.tell(`${machine.process.name} crashes`)
    const wake = sleeper(s, machine, !isReboot && this.#plant.maySleep())
    machine.process.kill()
    machine.process = undefined
    if (isReboot) machine.boot = this.#plant.boot(machine)
    s.after(s.random() * 120_000, () => this.#startAgain(machine, wake))
  }

  /** Where the folder can't be opened it is tried again; what is taken meanwhile is in memory, and not committed. */
  #startAgain(machine: Machine, wake: () => Machine): void {
    const s = this.#scheduler
    try {
      machine.process ??= this.#plant.start(wake())
    } catch (error) {
      if (!isOfTheDisk(error)) throw error
      s.tell(`${machine.name} can't open its buffer (${error.message})`)
      s.after(openAgainMs, () => this.#startAgain(machine, () => machine))
    }
  }

  /** Somebody starts the agent under another name: refused while anything waits. */
  #rename(machine: Machine): void {
    const { process } = machine
    if (!process || process.idle || process.core.store.isHidden) return
    const waits = process.core.waiting().length
    process.kill()
    if (waits > 0) {
      try {
        this.#plant.start(machine, 'another-name').kill()
        this.#history.violate(`RENAMED: ${machine.name} started under another name while ${waits} streams waited`)
      } catch (error) {
        if (!(error instanceof BufferError) || error.code !== 'gateway_changed') throw error
        this.#scheduler.tell(`${machine.name} refuses another name`)
      }
    }
    machine.process = this.#plant.start(machine)
  }
}
