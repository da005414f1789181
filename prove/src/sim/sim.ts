import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { World } from './world.ts'

/** In memory where there is such a folder: nothing here depends on a disk. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export interface Walk {
  readonly seed: number
  readonly violations: readonly string[]
  readonly trace: readonly string[]
  readonly entries: number
  readonly requests: number
}

/** One simulated hour of faults from one seed, and the time until all is quiet. */
export async function walk(seed: number): Promise<Walk> {
  using world = new World(join(base, `lineside-sim-${process.pid}`), seed)
  const violations = await world.play()
  const { entries, requests } = world.history
  return { seed, violations, trace: world.scheduler.trace, entries: entries.length, requests }
}

/** Walks through seeds, until one fails: its history is told then. */
export async function proveSim({
  seeds = 1000,
  from = 1,
  seconds = Infinity,
  say,
}: ProofOptions): Promise<ProofResult> {
  const startedAt = performance.now()
  const digest = createHash('sha256')
  let entries = 0
  let requests = 0
  let walks = 0
  for (let seed = from; seed < from + seeds && performance.now() - startedAt < seconds * 1000; seed++) {
    // oxlint-disable-next-line no-await-in-loop -- one walk after the other
    const result = await walk(seed)
    for (const line of result.trace) digest.update(`${line}\n`)
    walks++
    entries += result.entries
    requests += result.requests
    if (walks % 100 === 0) say(`${walks} walks`)
    if (result.violations.length === 0) continue
    for (const line of result.trace) say(line)
    say(`seed ${seed} fails; the same again: npm run prove -- sim --from ${seed} --seeds 1`)
    return { violations: result.violations, figures: { walks, seed, entries, requests } }
  }
  return { violations: [], figures: { walks, entries, requests, trace: digest.digest('hex').slice(0, 16) } }
}
