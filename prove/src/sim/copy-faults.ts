import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { FaultKind } from './fault-kinds.ts'
import type { History } from './history.ts'
import type { Machine, Plant } from './machine.ts'
import type { AgentProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** Buffers that are put back to a backup, and machines that are made from others. */
export class CopyFaults {
  isRestored = false
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
      case 'restore gateway':
        this.#restore(machine)
        return true
      case 'cold copy':
        this.#coldCopy(machine)
        return true
      case 'clone':
        this.#clone(machine, to => machine.process?.core.copyTo(to))
        return true
      case 'clone memory':
        this.#cloneMemory(machine)
        return true
      default:
        return false
    }
  }

  /** A backup that is made while the agent runs. */
  #restore(machine: Machine): void {
    const s = this.#scheduler
    const backup = `${machine.folder}.backup`
    const before = machine.process
    if (!before) return
    if (s.chance(0.5) || !existsSync(backup)) {
      rmSync(backup, { recursive: true, force: true })
      before.core.copyTo(backup)
      return s.tell(`${machine.name} is backed up`)
    }
    this.#putBack(machine, before, backup)
  }

  /** One that is made while the agent is stopped and all is sent; put back, or the start of a second machine. */
  #coldCopy(machine: Machine): void {
    const s = this.#scheduler
    const { process } = machine
    const copy = `${machine.folder}.cold`
    if (!process) return
    if (!existsSync(copy)) {
      if (!process.idle) return
      process.kill()
      cpSync(machine.folder, copy, { recursive: true })
      s.tell(`${machine.name} is stopped and copied`)
      machine.process = this.#plant.start(machine)
    } else if (s.chance(0.5)) this.#putBack(machine, process, copy)
    else this.#clone(machine, to => cpSync(copy, to, { recursive: true }))
  }

  #clone({ name, process }: Machine, copy: (to: string) => void): void {
    const { machines, folder } = this.#plant
    if (machines.length > 1 || !process) return
    copy(join(folder, 'clone'))
    this.#scheduler.tell(`${name} is cloned`)
    this.#plant.add('clone')
  }

  /** As virtual machines are: both go on with the same streams. */
  #cloneMemory(machine: Machine): void {
    const { machines, kinds, folder } = this.#plant
    const { process } = machine
    // What the clock of either is thought to be is not in what is copied here.
    const isQuiet = !kinds.has('wrong clock') && !kinds.has('clock set')
    if (machines.length > 1 || !process || process.holdsEntries || !isQuiet) return
    const { core } = process
    core.copyTo(join(folder, 'clone'))
    for (const id of Object.values(core.store.current)) {
      const row = core.store.streams.get(id)
      if (row) this.#history.copies.share(row.stream, row.high)
    }
    this.#scheduler.tell(`${machine.name} is cloned with its memory`)
    this.#plant.add('clone', machine)
  }

  /** What runs now goes on from an earlier state, and knows nothing of what came after it. */
  forked(): void {
    this.isRestored = true
    this.#history.restored()
  }

  #putBack(machine: Machine, before: AgentProcess, copy: string): void {
    const held = before.core.answersFor()
    before.kill()
    rmSync(machine.folder, { recursive: true, force: true })
    cpSync(copy, machine.folder, { recursive: true })
    this.forked()
    this.#scheduler.tell(`${machine.name} is restored`)
    const process = this.#plant.start(machine)
    machine.process = process
    const highs = new Map([...process.core.store.streams.values()].map(({ stream, high }) => [stream, high]))
    // What the backup knows of comes again; the rest went with the disk.
    for (const { stream, seq } of held) {
      if (seq > (highs.get(stream) ?? 0)) this.#history.exempt.add(`${stream}/${seq}`)
    }
  }
}
