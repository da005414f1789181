import { type ArchiveRow, archiveRows, isEntry, isKind, parseJson } from '@lineside/contract'
import { type Reply, archivedSamples, compareLedger } from 'lineside-sim'
import type { JournaledBatch } from '../../../agent/src/buffer/store/commit-journal.ts'
import type { LoggedEntry } from './evidence.ts'

/** What one run left behind. */
export interface Evidence {
  readonly gateway: string
  readonly journal: readonly JournaledBatch[]
  readonly log: readonly LoggedEntry[]
  readonly archive: readonly ArchiveRow[]
  readonly ledger: readonly Reply[]
  /** Kills of the agent: from when it was alive for the last time, to when the next one was started (UTC ms). */
  readonly kills: readonly { readonly at: number; readonly until: number }[]
  readonly commitEveryMs: number
  /** Devices whose messages may have been committed twice: by MQTT's QoS 1, which the agent can't tell from new ones. */
  readonly mayRepeat: ReadonlySet<string>
}

export interface Counts {
  lost: number
  duplicated: number
  altered: number
}

export interface Verdict {
  /** Committed entries against the receiver's log, text by text. */
  readonly entries: Counts
  /** Committed readings against the archive, value by value. */
  readonly readings: Counts
  /** What devices gave against the archive, in readings. */
  readonly source: Counts
  /** Arrived, and not in the journal: a kill between commit and journal. */
  readonly unjournaled: number
  /** Readings that were answered and lost with the process, each within the time allowed before a kill. */
  readonly uncommitted: number
  /** Readings that MQTT delivered to the agent twice. */
  readonly redelivered: number
  readonly violations: readonly string[]
}

/** A batch that was sent before its process could write it in the journal; more than a few a kill would be a hole. */
const unjournaledPerKill = 4

/** How long before a kill something may have been answered without being committed, beyond `commit_every`. */
const graceMs = 1000

/** Holds a run against its promise: what was committed is stored exactly once, as it was. */
export function checkRun(evidence: Evidence): Verdict {
  const committed = new Map<string, string>()
  const lastSeq = new Map<string, number>()
  const violations: string[] = []
  for (const { stream, seq, lines, corrected } of evidence.journal) {
    lastSeq.set(stream, Math.max(seq, lastSeq.get(stream) ?? 0))
    for (const [idx, line] of lines.entries()) {
      const key = `${stream}/${seq}/${idx}`
      if (committed.has(key) && corrected !== true) violations.push(`${key} was committed twice under one name`)
      committed.set(key, line)
    }
  }
  const early = ({ stream, seq }: { stream: string; seq: number }) => seq > (lastSeq.get(stream) ?? 0)
  const unjournaled = new Set(evidence.log.filter(early).map(({ stream, seq }) => `${stream}/${seq}`))
  if (unjournaled.size > unjournaledPerKill * evidence.kills.length) {
    violations.push(`${unjournaled.size} batches arrived that no journal knows, after ${evidence.kills.length} kills`)
  }
  const logged = evidence.log.filter(entry => !early(entry))
  const entries = compare(
    committed,
    logged.map(({ stream, seq, idx, json }) => [`${stream}/${seq}/${idx}`, json]),
    'entry',
    violations,
  )
  const rows = evidence.archive.filter(row => !early(row))
  const readings = compare(readingsOf(evidence.gateway, committed), rows.map(keyedRow), 'reading', violations)
  return { entries, readings, unjournaled: unjournaled.size, ...checkSource(evidence, violations), violations }
}

function compare(
  expected: ReadonlyMap<string, string>,
  found: readonly (readonly [key: string, text: string])[],
  what: string,
  violations: string[],
): Counts {
  const counts: Counts = { lost: 0, duplicated: 0, altered: 0 }
  const seen = new Set<string>()
  for (const [key, text] of found) {
    const wanted = expected.get(key)
    if (seen.has(key)) {
      counts.duplicated++
      violations.push(`${what} ${key} is stored twice`)
    } else if (wanted !== text) {
      counts.altered++
      violations.push(`${what} ${key} is stored as ${text}, ${wanted === undefined ? 'never committed' : wanted}`)
    }
    seen.add(key)
  }
  for (const [key, text] of expected) {
    if (seen.has(key)) continue
    counts.lost++
    violations.push(`${what} ${key} was committed and is not stored: ${text}`)
  }
  return counts
}

function readingsOf(gateway: string, committed: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const readings = new Map<string, string>()
  for (const [name, line] of committed) {
    const entry = parseJson(line)
    if (!isEntry(entry) || !isKind(entry, 'sample')) continue
    const [stream = '', seq, idx] = name.split('/')
    for (const row of archiveRows({ gateway, stream, seq: Number(seq), idx: Number(idx) }, entry)) {
      const [key, text] = keyedRow(row)
      readings.set(key, text)
    }
  }
  return readings
}

function keyedRow(row: ArchiveRow): readonly [key: string, text: string] {
  const { stream, seq, idx, point, gateway, device, t, valueDouble, valueInt, valueText, quality } = row
  const value = `${valueDouble} ${valueInt} ${valueText} ${quality}`
  return [`${stream}/${seq}/${idx}/${point}`, `${gateway} ${device} ${t} ${value}`]
}

function checkSource(evidence: Evidence, violations: string[]) {
  const { kills, commitEveryMs, mayRepeat } = evidence
  const isExcused = ({ at }: Reply) => kills.some(kill => at >= kill.at - commitEveryMs - graceMs && at <= kill.until)
  const ledger = evidence.ledger.map(reply => ({ ...reply, points: asArchived(reply.points) }))
  // An unconfirmed reply counts where it is found, and is not missed where it isn't.
  const excused = ledger.map(reply => (isExcused(reply) ? { ...reply, unconfirmed: true as const } : reply))
  const samples = archivedSamples(evidence.archive)
  const strict = compareLedger(
    excused.filter(({ device }) => !mayRepeat.has(device)),
    samples.filter(({ device }) => !mayRepeat.has(device)),
  )
  const repeating = compareLedger(
    excused.filter(({ device }) => mayRepeat.has(device)),
    samples.filter(({ device }) => mayRepeat.has(device)),
  )
  const all = compareLedger(ledger, samples)
  const source: Counts = {
    lost: strict.lost + repeating.lost,
    duplicated: strict.duplicated,
    altered: strict.altered + repeating.altered,
  }
  for (const name of ['lost', 'duplicated', 'altered'] as const) {
    if (source[name] === 0) continue
    const examples = JSON.stringify([...strict.examples, ...repeating.examples].slice(0, 3), (_, value: unknown) =>
      typeof value === 'bigint' ? value.toString() : value,
    )
    violations.push(`${source[name]} readings that a device gave are ${name}, for instance ${examples}`)
  }
  return { source, uncommitted: all.lost - source.lost, redelivered: repeating.duplicated }
}

/** The archive keeps true as 1 and false as 0. */
function asArchived(points: Reply['points']): Reply['points'] {
  const entries = Object.entries(points)
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]))
}
