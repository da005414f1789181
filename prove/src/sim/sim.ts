import { createHash } from 'node:crypto'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { walkAlone, walkTogether } from './walks.ts'

/** Fewer are not worth the start of processes. */
const manySeeds = 100

/** Walks through seeds, until one fails: its history is told then. */
export async function proveSim({
  seeds = 1000,
  from = 1,
  seconds = Infinity,
  without,
  say,
}: ProofOptions): Promise<ProofResult> {
  const startedAt = performance.now()
  const digest = createHash('sha256')
  const all = Array.from({ length: seeds }, (_, index) => from + index)
  let entries = 0
  let requests = 0
  let walks = 0
  // A rule is switched off in this process alone.
  for await (const result of without === undefined && seeds >= manySeeds ? walkTogether(all) : walkAlone(all)) {
    const { seed } = result
    digest.update(result.digest)
    walks++
    entries += result.entries
    requests += result.requests
    if (walks % 100 === 0) say(`${walks} walks`)
    if (result.violations.length > 0) {
      for (const line of result.trace) say(line)
      say(`seed ${seed} fails; the same again: npm run prove -- sim --from ${seed} --seeds 1`)
      return { violations: result.violations, figures: { walks, seed, entries, requests } }
    }
    if (performance.now() - startedAt >= seconds * 1000) break
  }
  return { violations: [], figures: { walks, entries, requests, trace: digest.digest('hex').slice(0, 16) } }
}
