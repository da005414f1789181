import { isEntry, isGap, isSummary, parseJson } from '@lineside/contract'
import { damageError, damageOf } from '../../../agent/src/buffer/file/damage.ts'
import { readMember } from '../../../agent/src/buffer/batch/stored-text.ts'
import { BufferCore } from '../sim/core.ts'

/** What the workload says of itself. */
export type Mark = { readonly committed: readonly string[] } | { readonly acknowledged: readonly string[] }

/** What is known of the workload. */
export interface Knowledge {
  /** Line of an entry → `<stream>/<seq>` of its batch. */
  readonly nameOf: ReadonlyMap<string, string>
  /** Lines whose commit was reported before the cut. */
  readonly committed: ReadonlySet<string>
  /** Batches whose receipt may have had its effect. */
  readonly acknowledged: ReadonlySet<string>
}

export interface Verdict {
  readonly violations: readonly string[]
  /** The file was damaged and healed. */
  readonly healed: boolean
  /** Batches that gaps name. */
  readonly named: number
}

/** Opens what a cut left with the real buffer, and holds it against what had been reported. */
export function judge(folder: string, knowledge: Knowledge): Verdict {
  const ids = Array.from({ length: 6 }, (_, i) => `00000000-0000-4000-9000-${String(i).padStart(12, '0')}`)
  const options = { path: folder, gateway: 'gw', maxSizeBytes: 2_000_000, boot: ids[0] ?? '', now: 1_763_800_000_000 }
  let healed = false
  let core: BufferCore
  try {
    core = new BufferCore(options, notice => (healed ||= notice.kind === 'salvaged'))
  } catch (error) {
    return { violations: [`NOT OPENED: ${String(error)}`], healed, named: 0 }
  }
  try {
    const moment = { now: options.now, ids: ids.slice(1) }
    // Damage that comes up only now is healed on the way; the next request goes through.
    if (damageIn(() => core.commit(moment, [])) !== undefined) core.commit(moment, [])
    const found = new Map<string, readonly string[]>()
    const damage = damageIn(() => readBatches(core, found))
    if (damage !== undefined) return { violations: [`DAMAGED: ${damage}`], healed, named: 0 }
    const named = new Set([...found.values()].flatMap(lines => lines.flatMap(namesIn)))
    return { violations: compare(found, named, knowledge), healed, named: named.size }
  } finally {
    core[Symbol.dispose]()
  }
}

/** What is wrong with the file, in words; what else is thrown is thrown on. */
function damageIn(work: () => unknown): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    const damage = damageOf(error)
    if (damage === undefined) throw error
    return damage
  }
}

/** `<stream>/<seq>` → lines. */
function readBatches({ store }: BufferCore, found: Map<string, readonly string[]>): void {
  for (const member of store.db.prepare<[], Buffer>('SELECT member FROM batches').pluck().iterate()) {
    const batches = readMember(member)
    if (!batches) throw damageError('a member can not be read')
    for (const { stream, seq, lines } of batches) found.set(`${stream}/${seq}`, lines)
  }
}

function compare(
  found: ReadonlyMap<string, readonly string[]>,
  named: ReadonlySet<string>,
  { nameOf, committed, acknowledged }: Knowledge,
): readonly string[] {
  const violations: string[] = []
  for (const name of named) if (found.has(name)) violations.push(`BOTH: ${name} is there and named by a gap`)
  for (const [name, lines] of found) {
    const strange = lines.find(line => nameOf.has(line) && nameOf.get(line) !== name)
    if (strange !== undefined) violations.push(`ALTERED: ${name} holds what was committed as ${nameOf.get(strange)}`)
  }
  for (const line of committed) {
    const name = nameOf.get(line) ?? 'no name'
    if (found.get(name)?.includes(line) === true || named.has(name) || acknowledged.has(name)) continue
    violations.push(`LOST: ${name} was committed, and is neither there nor named by a gap: ${line.slice(0, 60)}`)
  }
  return violations
}

function namesIn(line: string): readonly string[] {
  if (!line.startsWith('{"k":"gap"') && !line.startsWith('{"k":"summary"')) return []
  const entry = parseJson(line)
  if (!isEntry(entry) || !(isGap(entry) || isSummary(entry))) return []
  return entry.names.flatMap(({ stream, seqs }) =>
    seqs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => `${stream}/${from + i}`)),
  )
}
