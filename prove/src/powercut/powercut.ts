import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@lineside/contract/testing'
import { readJournal } from '../crash/evidence.ts'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { Disk, writeContents } from './disk.ts'
import { judge } from './judge.ts'
import type { Mark } from './judge.ts'
import { record } from './recording.ts'
import type { Change } from './recording.ts'

/** In memory where there is such a folder: what reaches the real disk does not matter here. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Records the lives of a buffer, and opens what the disk may hold after a power cut at `cuts` moments of them. */
export async function provePowercut({ cuts = 200, seed = 1, without, say }: ProofOptions): Promise<ProofResult> {
  const scratch = mkdtempSync(join(base, 'lineside-powercut-'))
  try {
    const root = join(scratch, 'disk')
    mkdirSync(root)
    const [marks, journal] = [join(scratch, 'marks'), join(scratch, 'journal')]
    // The folder itself is made by the buffer too.
    const folder = join(root, 'var/buffer')
    const script = join(import.meta.dirname, 'workload.ts')
    const args = [folder, marks, journal, String(seed), ...(without === undefined ? [] : [without])]
    const changes = record(script, args, { root, marks, scratch })
    say(`${changes.length} changes recorded`)
    const batches = readJournal(journal)
    const nameOf = new Map(
      batches.flatMap(({ stream, seq, lines }) => lines.map(line => [line, `${stream}/${seq}`] as const)),
    )
    const { violations, figures } = cutAll(changes, nameOf, { root, scratch, cuts, seed, say })
    const differs = differences(changes, root)
    return {
      violations: [...differs, ...violations],
      figures: { cuts, seed, changes: changes.length, entries: nameOf.size, ...figures },
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

interface Cutting {
  readonly root: string
  readonly scratch: string
  readonly cuts: number
  readonly seed: number
  readonly say: (text: string) => void
}

function cutAll(changes: readonly Change[], nameOf: ReadonlyMap<string, string>, cutting: Cutting): ProofResult {
  const { root, scratch, cuts, seed, say } = cutting
  const random = seededRandom(seed)
  const at = Array.from({ length: cuts }, () => momentOf(changes, random)).toSorted((a, b) => a - b)
  const disk = new Disk()
  const committed = new Set<string>()
  const acknowledged = new Set<string>()
  const violations: string[] = []
  const sum = { healed: 0, checked: 0, named: 0 }
  let done = 0
  for (const [index, cut] of at.entries()) {
    for (; done < cut; done++) {
      const change = changes[done]
      if (!change) break
      disk.apply(change)
      if (change.op === 'mark') take(JSON.parse(change.text), committed, acknowledged)
    }
    const target = join(scratch, 'cut')
    writeContents(disk.afterCut(random), root, target)
    const verdict = judge(join(target, 'var/buffer'), { nameOf, committed, acknowledged })
    rmSync(target, { recursive: true, force: true })
    for (const violation of verdict.violations) violations.push(`cut at change ${cut}: ${violation}`)
    sum.healed += verdict.healed ? 1 : 0
    sum.named += verdict.named
    sum.checked += committed.size
    if ((index + 1) % 100 === 0) say(`${index + 1} of ${cuts} cuts`)
  }
  return { violations, figures: sum }
}

/** Names change seldom, and are worth more cuts than their share. */
function momentOf(changes: readonly Change[], random: () => number): number {
  const anywhere = Math.floor(random() * (changes.length + 1))
  if (random() < 0.7) return anywhere
  const next = changes.findIndex(({ op }, i) => i >= anywhere && op !== 'write' && op !== 'sync' && op !== 'mark')
  return next < 0 ? anywhere : next + Math.floor(random() * 3)
}

function take(mark: Mark, committed: Set<string>, acknowledged: Set<string>): void {
  if ('committed' in mark) for (const line of mark.committed) committed.add(line)
  else for (const name of mark.acknowledged) acknowledged.add(name)
}

/** Whether the recording tells all: replayed without a cut it must give the files that are really there. */
function differences(changes: readonly Change[], root: string): readonly string[] {
  const disk = new Disk()
  for (const change of changes) disk.apply(change)
  const told = disk.whole()
  const there = readdirSync(root, { recursive: true, withFileTypes: true })
  const paths = there.map(entry => join(entry.parentPath, entry.name))
  const differs = (path: string): boolean => {
    const content = told.get(path)
    if (content === 'folder') return false
    return content === undefined ? existsSync(path) : !existsSync(path) || !content.equals(readFileSync(path))
  }
  // The shared memory beside a write-ahead log is mapped, and worth nothing after a cut.
  const all = [...new Set([...paths, ...told.keys()])].filter(path => !path.endsWith('-shm'))
  const isFolder = (path: string) =>
    there.some(entry => entry.isDirectory() && join(entry.parentPath, entry.name) === path)
  return all
    .filter(path => !isFolder(path))
    .filter(differs)
    .map(path => `RECORDER: ${path} is not what its recording tells`)
}
