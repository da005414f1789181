import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CopyFaults } from './copy-faults.ts'
import { DiskFaults } from './disk-faults.ts'
import { type FaultKind, faultKinds } from './fault-kinds.ts'
import { FolderFaults, mayHappen } from './folder-faults.ts'
import { History } from './history.ts'
import type { Machine, Plant } from './machine.ts'
import { bootMachine, type Boot, setByHand } from './boot.ts'
import { drawFaults, Network, perfect } from './network.ts'
import { AgentProcess } from './process.ts'
import { ProcessFaults } from './process-faults.ts'
import type { Reading } from './reading.ts'
import { SimReceiver } from './receiver.ts'
import { ReleaseFaults } from './release-faults.ts'
import { Scheduler } from './scheduler.ts'

const hourMs = 3_600_000
const gateway = 'plant1-gw3'
/** Longest that the buffers may take to empty after the faults: streams are all named once a day. */
const drainMs = 80 * hourMs
/** Batches that quarantine may hold (docs/buffer.md). */
const mostInQuarantine = 1000

/** One simulated hour of faults, and the quiet time behind it. */
export class World implements Disposable {
  readonly scheduler: Scheduler
  readonly history = new History()
  readonly kinds: ReadonlySet<FaultKind>
  readonly #folder: string
  readonly #receiver: SimReceiver
  readonly #network: Network
  readonly #machines: Machine[] = []
  readonly #disks: DiskFaults
  readonly #copies: CopyFaults
  readonly #processes: ProcessFaults
  readonly #releases: ReleaseFaults
  readonly #folders: FolderFaults
  readonly #seed: number
  #numbers = 0
  #ids = 0
  #lives = 0

  constructor(folder: string, seed: number, kinds?: ReadonlySet<FaultKind>) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    this.#folder = folder
    this.#seed = seed
    this.scheduler = new Scheduler(seed, folder)
    const share = this.scheduler.random()
    const drawn = faultKinds.filter(() => this.scheduler.chance(share))
    this.kinds = kinds ?? new Set(drawn.filter(kind => mayHappen(kind, seed)))
    this.history.mayProbeTogether = this.kinds.has('merge') || this.kinds.has('two at once')
    this.#receiver = new SimReceiver(folder, this.scheduler)
    this.#disks = new DiskFaults(this.scheduler, this.history)
    this.#copies = new CopyFaults(this.#plant(), this.scheduler, this.history)
    this.#processes = new ProcessFaults(this.#plant(), this.scheduler, this.history)
    this.#folders = new FolderFaults(this.#copies, this.scheduler, this.history)
    this.#releases = new ReleaseFaults(this.#receiver, this.scheduler, this.history, () => this.#isAlone)
    this.#releases.plan(seed, this.#machines, hourMs * 1.1)
    this.#network = new Network(this.#receiver, this.scheduler)
  }

  /** Plays everything and gives what was wrong. */
  async play(): Promise<readonly string[]> {
    const s = this.scheduler
    s.tell(`faults: ${[...this.kinds].join(', ')}`)
    const first = this.#addMachine('gw')
    this.#folders.plan(this.#seed, first)
    if (this.kinds.has('full quarantine')) first.process?.core.fillQuarantine(mostInQuarantine)
    this.#network.faults = drawFaults(s, this.kinds)
    this.#readingsCome(hourMs)
    this.#faultsHappen(hourMs, 30_000 + s.random() * 400_000)
    await s.runUntil(hourMs)
    s.tell('faults stop')
    this.#network.faults = perfect
    this.#network.cut = false
    this.#receiver.deploy('good')
    for (const machine of this.#machines) {
      machine.process ??= this.#start(machine)
      machine.process.core.diskIsFull = false
      machine.boot.synchronise()
    }
    await s.runUntil(hourMs * 1.2)
    for (const { process } of this.#machines) process?.clockRests()
    await this.#restoreLate()
    // All streams are named once a day: what the receiver lost comes up by then.
    await s.runUntil(hourMs * 30)
    await s.runUntil(drainMs, () => this.#machines.every(({ process }) => process?.idle === true))
    for (const { name, process } of this.#machines) {
      const { batches } = process?.core.store.fileTotals().quarantined ?? { batches: 0 }
      if (batches > mostInQuarantine) this.history.violate(`UNBOUNDED: ${name} has ${batches} batches in quarantine`)
    }
    if (s.isExhausted) this.history.violate('LIVENESS: it goes on and on')
    for (const { name, process } of this.#machines) {
      if (process?.idle !== true) this.history.violate(`LIVENESS: ${name} still holds batches`)
    }
    const circumstances = {
      receiverRestored: this.#receiver.restored > 0,
      gatewayRestored: this.#copies.isRestored,
      isCloned: this.#machines.length > 1,
      wasElsewhere: this.#folders.isPlanned,
      torn: this.kinds.has('tear'),
      refused: this.#receiver.refused,
      takenLater: this.#receiver.takenLater,
    }
    for (const { process } of this.#machines) process?.ended(true)
    this.history.judge(this.#receiver.readAll(), circumstances)
    return this.history.violations
  }

  /** A day later, with all long acknowledged, the receiver is put back, and then the machines are started again. */
  async #restoreLate(): Promise<void> {
    const s = this.scheduler
    await s.runUntil(hourMs * 25)
    if (!this.kinds.has('late restore') || !this.#receiver.restore()) return
    s.tell('the receiver is restored, a day later')
    for (const machine of this.#machines) {
      machine.process?.kill()
      machine.process = this.#start(machine)
    }
    await s.runUntil(hourMs * 25.2)
    for (const { process } of this.#machines) process?.clockRests()
  }

  /** No batch is in two databases. */
  get #isAlone(): boolean {
    return this.#machines.length === 1 && !this.#copies.isRestored && !this.#folders.isPlanned
  }

  #plant(): Plant {
    return {
      machines: this.#machines,
      folder: this.#folder,
      kinds: this.kinds,
      start: (machine, as) => this.#start(machine, as),
      boot: ({ traits }) => this.#boot(traits),
      // Not where what a run left that never knew the time may come up again, from a backup or from another folder.
      maySleep: () => !this.kinds.has('restore gateway') && !this.kinds.has('tear') && !this.#folders.isPlanned,
      add: (name, of) => void this.#addMachine(name, of),
    }
  }

  /** `of`: with the memory of that one. */
  #addMachine(name: string, of?: Machine): Machine {
    const s = this.scheduler
    const traits = of?.traits ?? { isAlone: this.kinds.has('clock set') && s.chance(0.2), isPinned: s.chance(0.5) }
    const machine: Machine = {
      name,
      folder: join(this.#folder, name),
      process: undefined,
      boot: of?.boot.clone() ?? this.#boot(traits),
      traits,
    }
    this.#machines.push(machine)
    machine.process = this.#start(machine)
    if (of?.process) machine.process.core.store.current = of.process.core.store.current
    return machine
  }

  #boot(traits: Machine['traits']): Boot {
    return bootMachine(this.scheduler, this.#newId(), traits, this.kinds.has('wrong clock'))
  }

  #newId(): string {
    return `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, '0')}`
  }

  #start({ name, folder, boot }: Machine, as = gateway): AgentProcess {
    const { scheduler, history } = this
    const newId = () => this.#newId()
    const life = ++this.#lives
    const network = this.#network
    const uplinks = this.kinds.has('two at once') ? 2 : 1
    const process = new AgentProcess({
      name,
      life,
      gateway: as,
      folder,
      boot,
      scheduler,
      network,
      history,
      newId,
      uplinks,
    })
    this.#folders.starts()
    scheduler.tell(`${process.name} starts`)
    const isQuiet = !this.kinds.has('wrong clock') && !this.kinds.has('clock set')
    if (isQuiet) scheduler.after(60_000, () => process.clockRests())
    return process
  }

  #readingsCome(end: number): void {
    const s = this.scheduler
    s.after(s.random() * 45_000, () => {
      if (s.monotonic() >= end) return
      const process = s.pick(this.#machines)?.process
      const burst = s.chance(0.1) ? 1 + s.below(6) : 1
      for (let i = 0; i < burst; i++) this.#reading(process)
      this.#readingsCome(end)
    })
  }

  #reading(process: AgentProcess | undefined): void {
    const s = this.scheduler
    const unfit = this.kinds.has('unfit') && s.chance(0.05)
    const fit = ['good', 'good', 'good', 'text', 'alarm'] as const
    const kinds: readonly Reading[] = unfit ? ['invalid', 'undecodable'] : fit
    const reading = s.pick(kinds) ?? 'good'
    const number = ++this.#numbers
    if (unfit) this.history.unfit.add(number)
    process?.take(reading, number)
  }

  #faultsHappen(end: number, everyMs: number): void {
    const s = this.scheduler
    s.after(s.random() * everyMs, () => {
      if (s.monotonic() >= end) return
      const fault = s.pick([...this.kinds])
      const machine = s.pick(this.#machines)
      if (fault && machine) this.#fault(fault, machine)
      this.#faultsHappen(end, everyMs)
    })
  }

  #fault(fault: FaultKind, machine: Machine): void {
    const s = this.scheduler
    if (this.#disks.happen(fault, machine) || this.#copies.happen(fault, machine)) return
    if (this.#releases.happen(fault, machine) || this.#processes.happen(fault, machine)) return
    switch (fault) {
      case 'cut':
        this.#network.cut = true
        s.tell('the uplink is cut')
        return void s.after(s.random() * 900_000, () => (this.#network.cut = false))
      case 'restore receiver':
        return this.#restoreReceiver()
      case 'clock set': {
        const { boot } = machine
        boot.set(boot.offsetMs + setByHand(s))
        s.tell(`${machine.name}: somebody sets its clock, it is off by ${Math.round(boot.offsetMs / 1000)} s`)
        return void s.after(s.random() * 900_000, () => boot.synchronise())
      }
      default:
    }
  }

  #restoreReceiver(): void {
    const s = this.scheduler
    if (s.chance(0.5) || !this.#receiver.restore()) {
      this.#receiver.backUp()
      return s.tell('the receiver is backed up')
    }
    s.tell('the receiver is restored')
  }

  [Symbol.dispose](): void {
    for (const { process } of this.#machines) process?.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
