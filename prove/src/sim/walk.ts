import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { World } from './world.ts'

/** In memory where there is such a folder: nothing here depends on a disk. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export interface Walk {
  readonly seed: number
  readonly violations: readonly string[]
  /** Its history, where it failed. */
  readonly trace: readonly string[]
  /** Of its history. */
  readonly digest: string
  readonly entries: number
  readonly requests: number
}

/** What the walk of a process keeps on the disk, until it is over. */
export function walkFolder(pid = process.pid): string {
  return join(base, `lineside-sim-${pid}`)
}

/** One simulated hour of faults from one seed, and the time until all is quiet. */
export async function walk(seed: number): Promise<Walk> {
  using world = new World(walkFolder(), seed)
  const violations = await world.play()
  const { entries, requests } = world.history
  const { trace } = world.scheduler
  const digest = createHash('sha256').update(trace.join('\n')).digest('hex')
  return {
    seed,
    violations,
    trace: violations.length > 0 ? trace : [],
    digest,
    entries: entries.length,
    requests,
  }
}
