import { seededRandom } from '@lineside/contract/testing'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { live } from './live.ts'
import { plant } from './plant.ts'
import { copyBuffer, spoil, spoilings } from './spoil.ts'
import type { Spoiling } from './spoil.ts'

/** In memory where there is such a folder: nothing here depends on a disk. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Damages the files of one and the same buffer at random, `seeds` times, and lets it run until nothing waits. */
export function proveDamage({ seeds = 1000, from = 1, seconds = Infinity, say }: ProofOptions): Promise<ProofResult> {
  const startedAt = performance.now()
  const folder = mkdtempSync(join(base, 'lineside-damage-'))
  const violations: string[] = []
  const healed: Record<string, number> = {}
  let damages = 0
  try {
    const planted = plant(folder)
    const path = join(folder, 'damaged')
    for (let seed = from; seed < from + seeds && performance.now() - startedAt < seconds * 1000; seed++) {
      const kind = spoilings[seed % spoilings.length] ?? 'database'
      const isPlain = Math.floor(seed / spoilings.length) % 2 === 0 && !kind.endsWith('log')
      copyBuffer(isPlain ? planted.checkpointed : planted.folder, path)
      spoil(path, kind, seededRandom(seed))
      damages++
      try {
        const outcome = live(planted, path)
        for (const violation of outcome.violations) violations.push(`seed ${seed}, ${kind}: ${violation}`)
        if (outcome.salvages > 0) healed[kind] = (healed[kind] ?? 0) + 1
        if (outcome.salvages > 0 && !isPlain && isLogFound(kind) && !isLogKept(path)) {
          violations.push(`seed ${seed}, ${kind}: the log was not put aside`)
        }
      } catch (error) {
        violations.push(`seed ${seed}, ${kind}: it does not run again: ${String(error)}`)
      }
      rmSync(path, { recursive: true, force: true })
      if (damages % 100 === 0) say(`${damages} damages, ${violations.length} violations`)
    }
    return Promise.resolve({ violations, figures: { damages, entries: planted.committed.size, healed } })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Kinds of damage that leave a log of which SQLite would not take all. */
function isLogFound(kind: Spoiling): boolean {
  return ['log', 'cut log', 'empty database', 'no database'].includes(kind)
}

function isLogKept(path: string): boolean {
  return readdirSync(path, { recursive: true }).some(name => String(name).endsWith('buffer.db-wal.found'))
}
