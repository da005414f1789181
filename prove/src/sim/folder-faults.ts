import { seededRandom } from '@lineside/contract/testing'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { databaseFile } from '../../../agent/src/buffer/file/open-file.ts'
import type { CopyFaults } from './copy-faults.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { History } from './history.ts'
import type { Machine } from './machine.ts'
import type { Scheduler } from './scheduler.ts'

const minuteMs = 60_000
const againMs = 5000

/** What stands in the place of a buffer's folder for a while: what is mounted there is what it was the last time. */
type Other = 'empty folder' | 'older copy' | 'file'

const others: ReadonlyMap<number, Other> = new Map([
  [1, 'empty folder'],
  [7, 'older copy'],
  [13, 'file'],
])

/** By the seed alone: another draw from what all chance comes from would change every other walk. */
function otherOf(seed: number): Other | undefined {
  return others.get(seed % 18)
}

/** What is not mixed with that: whether a gateway was told of copies is judged where there are no others. */
const copies: ReadonlySet<FaultKind> = new Set(['restore gateway', 'cold copy', 'clone', 'clone memory'])

/** Whether a fault may happen in a walk. */
export function mayHappen(fault: FaultKind, seed: number): boolean {
  return otherOf(seed) === undefined || !copies.has(fault)
}

/** The folder of a buffer is hidden by something else while its agent runs, or is down, and comes back. */
export class FolderFaults {
  /** Both places may hold the same batches from now on. */
  isPlanned = false
  readonly #copies: CopyFaults
  readonly #scheduler: Scheduler
  readonly #history: History
  /** Stands there now. */
  #shown: Other | undefined
  /** What stands there knows streams that the hidden one knows too. */
  #isFork = false

  constructor(copyFaults: CopyFaults, scheduler: Scheduler, history: History) {
    this.#copies = copyFaults
    this.#scheduler = scheduler
    this.#history = history
  }

  plan(seed: number, machine: Machine): void {
    const other = otherOf(seed)
    if (other === undefined) return
    const s = this.#scheduler
    this.isPlanned = true
    const random = seededRandom(seed)
    for (const from of [2, 29]) {
      const hiddenMs = (from + random() * 10) * minuteMs
      if (other === 'older copy') s.after(hiddenMs - random() * 2 * minuteMs, () => this.#copy(machine))
      s.after(hiddenMs, () => this.#hide(machine, other))
      s.after(hiddenMs + (1 + random() * 12) * minuteMs, () => this.#comesBack(machine))
    }
  }

  /** An agent starts on what stands there. */
  starts(): void {
    // It goes on from where the other place was, and does not know of it: as with a backup.
    if (this.#isFork) this.#copies.forked()
  }

  #copy({ process, folder }: Machine): void {
    rmSync(`${folder}.other`, { recursive: true, force: true })
    process?.core.copyTo(`${folder}.other`)
  }

  #hide({ name, folder }: Machine, other: Other): void {
    this.#scheduler.tell(`${name}: its folder is hidden, there is ${other === 'file' ? 'a' : 'an'} ${other} now`)
    this.#shown = other
    renameSync(folder, `${folder}.own`)
    if (other === 'file') return writeFileSync(folder, '')
    if (existsSync(`${folder}.other`)) renameSync(`${folder}.other`, folder)
    else mkdirSync(folder)
    this.#isFork = existsSync(join(folder, databaseFile))
    // What was left there is sent again, and what it did not know of the clock may be decided anew.
    this.#history.clocks.restored()
  }

  /** Only while an agent runs, which takes what is in the other place along: nobody could know of it later. */
  #comesBack(machine: Machine): void {
    const s = this.#scheduler
    const { name, folder, process } = machine
    if (this.#shown === 'file') rmSync(folder)
    else if (process) renameSync(folder, `${folder}.other`)
    else return void s.after(againMs, () => this.#comesBack(machine))
    renameSync(`${folder}.own`, folder)
    s.tell(`${name}: its folder is back`)
    if (process?.looks() === false) this.#history.violate(`STUCK: ${name} does not go on in the folder that is back`)
    this.#history.clocks.restored()
    this.#shown = undefined
    this.#isFork = false
  }
}
