import type { Boot, Traits } from './boot.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { AgentProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

export interface Machine {
  readonly name: string
  readonly folder: string
  process: AgentProcess | undefined
  boot: Boot
  readonly traits: Traits
}

/** The machines of a walk. */
export interface Plant {
  readonly machines: readonly Machine[]
  readonly folder: string
  readonly kinds: ReadonlySet<FaultKind>
  /** `as`: another name of the gateway. */
  start(machine: Machine, as?: string): AgentProcess
  boot(machine: Machine): Boot
  /** Whether a machine may be suspended while it has no agent. */
  maySleep(): boolean
  /** Starts another machine on what its folder holds; `of`: with the memory of that one. */
  add(name: string, of?: Machine): void
}

/**
 * A machine may be suspended while it has no agent. Not where a run that never knew the time left something, or may seem to
 * have: what it took before could not be told from what comes after.
 */
export function sleeper(s: Scheduler, machine: Machine, mayBe: boolean) {
  const fromMs = s.monotonic()
  const clocks = [...(machine.process?.core.store.clocks.values() ?? [])]
  const maySleep = mayBe && clocks.every(({ state }) => state !== 'open')
  return (): Machine => {
    if (maySleep) machine.boot.sleep((s.monotonic() - fromMs) * 0.9)
    return machine
  }
}
