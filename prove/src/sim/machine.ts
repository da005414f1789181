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

/**
 * A machine may be suspended while it has no agent. Not where a run that never knew the time left something, or may seem to
 * have: what it took before could not be told from what comes after.
 */
export function sleeper(s: Scheduler, machine: Machine, kinds: ReadonlySet<FaultKind>, isReboot: boolean) {
  const fromMs = s.monotonic()
  const mayForget = kinds.has('restore gateway') || kinds.has('tear')
  const clocks = [...(machine.process?.core.store.clocks.values() ?? [])]
  const maySleep = !isReboot && !mayForget && clocks.every(({ state }) => state !== 'open')
  return (): Machine => {
    if (maySleep) machine.boot.sleep((s.monotonic() - fromMs) * 0.9)
    return machine
  }
}
