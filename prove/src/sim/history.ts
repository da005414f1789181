import {
  type DecodedRequest,
  type Entry,
  fromBatchOf,
  isEntry,
  isGap,
  isSummary,
  parseJson,
  type ReleasedEntry,
  type StreamSeqs,
} from '@lineside/contract'
import type { BufferNotice, StreamKind } from '../../../agent/src/buffer/api.ts'
import type { IncomingBatch } from '../../../cloud-receiver/src/log/log.ts'
import { CopyHistory } from './copy-history.ts'
import { ClockHistory } from './clock-history.ts'
import type { LetOut } from './core.ts'
import { isUndecodable } from './receiver.ts'
import type { LogEntry } from './receiver.ts'

/** One entry that is on the disk. */
export interface CommittedEntry {
  readonly number: number
  readonly kind: StreamKind
  /** `<stream>/<seq>` */
  readonly name: string
  readonly line: string
  /** When it was taken; absent where nobody could know. */
  readonly trueMs: number | undefined
  readonly boot: string
}

/** What a walk did that the judgement must know. */
export interface Circumstances {
  /** The receiver was put back to a backup. */
  readonly receiverRestored: boolean
  /** A gateway was put back to a backup: what it had minted since may be named twice over. */
  readonly gatewayRestored: boolean
  /** Two machines hold the same streams. */
  readonly isCloned: boolean
  /** A buffer was in two places in turn: which stream its databases minted last before another is not told by their rows. */
  readonly wasElsewhere: boolean
  /** Bytes were changed on the way, which may look like a batch that nobody can decode. */
  readonly torn: boolean
  /** Names of what a bad release of the receiver did not take while it took others. */
  readonly refused: ReadonlySet<string>
  /** Names of what was taken after it had been rejected by name: from a request that was on its way for long. */
  readonly takenLater: ReadonlySet<string>
}

/** What happened, as somebody who sees everything would write it down; and what was wrong about it. */
export class History {
  readonly violations: string[] = []
  readonly entries: CommittedEntry[] = []
  /** Batches that were destroyed with a database that was put back. */
  readonly exempt = new Set<string>()
  /** Entries that a receiver of a good release rejects too. */
  readonly unfit = new Set<number>()
  /** Batches whose bytes were changed on the disk. */
  readonly rotten = new Set<string>()
  /** What was let out of quarantine. */
  readonly letOut: LetOut[] = []
  readonly #notices: { readonly by: string; readonly notice: BufferNotice }[] = []
  readonly clocks = new ClockHistory(text => this.violate(text))
  readonly copies = new CopyHistory(text => this.violate(text))
  #isRestored = false
  readonly #kinds = new Map<string, StreamKind>()
  /** Batches that held something that no receiver takes when they were sent. */
  readonly #sentUnfit = new Set<string>()
  requests = 0
  /** Several batches may be sent while it is to probe: one member is the least that can be sent, of each uplink. */
  mayProbeTogether = false

  violate(text: string): void {
    this.violations.push(text)
  }

  started(run: number, name: string): void {
    if (run < 1) this.violate(`${name} has no run`)
  }

  committed(entry: CommittedEntry): void {
    this.entries.push(entry)
    this.clocks.minted(entry.name.split('/')[0] ?? '', entry.boot)
    this.#kinds.set(entry.name.split('/')[0] ?? '', entry.kind)
  }

  noticed(by: string, notice: BufferNotice): void {
    this.#notices.push({ by, notice })
    this.copies.noticed(by, notice, this.#isRestored)
  }

  /** A database was put back to a backup, and with it what was known of it. */
  restored(): void {
    this.#isRestored = true
    this.clocks.restored()
  }

  /** Alarms go before data in every request. */
  sent({ batches, rejected }: DecodedRequest<IncomingBatch>, boot: string, machine: string): void {
    this.requests++
    for (const { stream, seq } of [...rejected, ...batches.filter(isUndecodable)])
      this.#sentUnfit.add(`${stream}/${seq}`)
    this.clocks.sent(batches, boot, machine)
    const kinds = batches.map(({ stream }) => this.#kinds.get(stream))
    const firstData = kinds.indexOf('data')
    if (firstData >= 0 && kinds.lastIndexOf('alarms') > firstData) this.violate('a request has data before alarms')
  }

  /** Holds the log against what was committed. */
  judge(log: readonly LogEntry[], circumstances: Circumstances): void {
    const arrived = new Map<number, LogEntry[]>()
    const named: Named = new Map()
    const released: Named = new Map()
    const seen = new Set<string>()
    for (const entry of log) {
      const key = `${entry.stream}/${entry.seq}/${entry.idx}`
      if (seen.has(key)) this.violate(`DOUBLE: ${key} is twice in the log`)
      seen.add(key)
      this.#read(entry, arrived, named, released)
    }
    for (const entry of this.entries) {
      if (!this.copies.isAmbiguous(entry.name)) this.#judgeEntry(entry, arrived, named, released, circumstances)
    }
    this.#judgeLetOut(arrived, named, circumstances)
    // What was let out of quarantine stands behind what came later.
    const late = new Set(released.keys())
    const own = log.filter(one => !this.copies.isShared(one.stream) && !late.has(nameOf(one)))
    this.#judgeAlarmOrder(arrived, late)
    this.clocks.judgeOrder(own, circumstances.isCloned || circumstances.gatewayRestored)
    if (!circumstances.wasElsewhere)
      this.copies.judge(new Set(log.map(({ stream }) => stream)), circumstances.receiverRestored)
    this.#judgeNotices(circumstances)
  }

  #read(logged: LogEntry, arrived: Map<number, LogEntry[]>, named: Named, released: Named): void {
    const entry = parseJson(logged.json)
    if (!isEntry(entry)) return this.violate(`not an entry in the log: ${logged.json}`)
    if (isGap(entry) || isSummary(entry)) {
      // The summaries of one batch stand for the same batches together, each for a device and a minute; they are a gap
      // where one of those had arrived (G4). What can't be summarised is passed on beside them.
      const by = `${logged.stream}/${logged.seq}`
      const standIn = isGap(entry) && entry.reason !== 'thinned' ? `gap ${by}/${logged.idx}` : by
      for (const name of entry.names.flatMap(namesOf)) add(named, name, standIn)
    }
    for (const name of isReleased(entry) ? entry.names.flatMap(namesOf) : []) add(released, nameOf(logged), name)
    const number = numberOf(entry)
    if (number !== undefined) arrived.set(number, [...(arrived.get(number) ?? []), logged])
  }

  #judgeEntry(
    { number, name, line, trueMs }: CommittedEntry,
    arrived: ReadonlyMap<number, readonly LogEntry[]>,
    named: Named,
    released: Named,
    { receiverRestored, gatewayRestored, takenLater }: Circumstances,
  ): void {
    const all = arrived.get(number) ?? []
    // What was let out of quarantine supersedes what its gap reported, and what that stood for (R5).
    const isReported = (old: string) => old === name || sharesGap(named.get(old), named.get(name))
    const letOut = all.filter(one => [...(released.get(nameOf(one)) ?? [])].some(isReported))
    const found = all.filter(one => !letOut.includes(one))
    const gaps = named.get(name)?.size ?? 0
    const [standIn = ''] = named.get(name) ?? []
    const what = `entry ${number} (${name})`
    if (found.length > 1 || letOut.length > 1) this.violate(`DOUBLE: ${what} is ${all.length} times in the log`)
    if (found.length > 0 && letOut.length > 0 && !takenLater.has(name))
      this.violate(`RELEASED: ${what} had arrived when it was let out of quarantine`)
    // What can't be summarised is passed on by the batch that stands for its own.
    const isPassedOn = found.every(({ stream, seq, json }) => `${stream}/${seq}` === standIn && fromOf(json) === name)
    if (found.length > 0 && gaps > 0 && !isPassedOn)
      this.violate(`LOG AND GAP: ${what} is in the log and named by ${gaps} gaps`)
    if (gaps > 1) this.violate(`GAP TWICE: ${what} is named by ${gaps} gaps`)
    for (const { json } of all) this.clocks.judge(what, json, line, trueMs)
    if (found.some(one => nameOf(one) !== name)) this.violate(`RENAMED: ${what}`)
    if (all.length > 0 || this.exempt.has(name)) return
    if (gaps > 0) {
      const isSummed = !standIn.startsWith('gap')
      if (isSummed && line.includes('"n":"')) this.violate(`LOST: ${what} is a text, and was thinned without it`)
      return
    }
    // The receiver's backup may lack what the gateway's backup does not know of.
    if (receiverRestored && gatewayRestored) return
    this.violate(`LOST: ${what} is neither in the log nor named by a gap`)
  }

  /** What was let out arrives, or is named by a gap under its new name. */
  #judgeLetOut(
    arrived: ReadonlyMap<number, readonly LogEntry[]>,
    named: Named,
    { receiverRestored, gatewayRestored }: Circumstances,
  ): void {
    if (receiverRestored && gatewayRestored) return
    for (const { old, as } of this.letOut) {
      for (const { number } of this.entries.filter(({ name }) => name === old)) {
        const isThere = (arrived.get(number) ?? []).some(one => nameOf(one) === as)
        if (isThere || named.has(as) || this.exempt.has(as)) continue
        this.violate(`LOST: entry ${number} (${old}) was let out of quarantine as ${as}, and did not arrive`)
      }
    }
  }

  /** Within a stream the seqs are the order in which the alarms were raised. */
  #judgeAlarmOrder(arrived: ReadonlyMap<number, readonly LogEntry[]>, late: ReadonlySet<string>): void {
    const last = new Map<string, number>()
    for (const { number, kind } of this.entries) {
      const [found] = arrived.get(number) ?? []
      if (kind !== 'alarms' || !found || this.copies.isShared(found.stream) || late.has(nameOf(found))) continue
      const place = found.seq * 10_000 + found.idx
      if (place < (last.get(found.stream) ?? 0)) this.violate(`ORDER: alarm ${number} stands before an earlier one`)
      last.set(found.stream, place)
    }
  }

  #judgeNotices({ receiverRestored, gatewayRestored, isCloned, torn, refused }: Circumstances): void {
    const told = new Map<string, number>()
    const unfit = new Set(this.entries.filter(({ number }) => this.unfit.has(number)).map(({ name }) => name))
    const committed = new Set(this.entries.map(({ name }) => name))
    // What stands for an unfit batch may pass on what made it so.
    for (const name of this.#sentUnfit) if (!committed.has(name)) unfit.add(name)
    for (const { by, notice } of this.#notices) {
      const mayHaveLost = receiverRestored || gatewayRestored || this.copies.hasShared
      if (notice.kind === 'receiver_lost' && !mayHaveLost) {
        this.violate(`FALSE ALARM: ${by} says that the receiver lost ${notice.batches} batches`)
      }
      if (notice.kind === 'copied' && !gatewayRestored && !isCloned)
        this.violate(`FALSE ALARM: ${by} is told of a copy, and there is none`)
      if (notice.kind === 'clone' && !this.copies.isShared(notice.stream))
        this.violate(`FALSE ALARM: ${by} minted new streams for a clone that was none`)
      if (notice.kind === 'restored') {
        const key = `${by} ${notice.stream}`
        told.set(key, (told.get(key) ?? 0) + 1)
        if (told.get(key) === 2) this.violate(`STORM: ${by} raises the alarm for ${notice.stream} again`)
      }
      if (notice.kind !== 'quarantined') continue
      const name = `${notice.stream}/${notice.seq}`
      if (notice.reason === 'corrupt' ? this.rotten.has(name) : unfit.has(name) || refused.has(name) || torn) continue
      this.violate(`HEALTHY BATCH IN QUARANTINE: ${name}, ${notice.reason}`)
    }
  }
}

/** Name of a batch → what stands for it: gaps, and batches with summaries. */
type Named = Map<string, Set<string>>

function add(named: Named, name: string, standIn: string): void {
  const known = named.get(name)
  if (known) known.add(standIn)
  else named.set(name, new Set([standIn]))
}

/** Name of the batch that an entry was committed in, or was passed on from. */
function nameOf({ stream, seq, json }: LogEntry): string {
  return fromOf(json) ?? `${stream}/${seq}`
}

function sharesGap(one: ReadonlySet<string> = new Set(), other: ReadonlySet<string> = new Set()): boolean {
  return [...one].some(gap => other.has(gap))
}

function isReleased(entry: Entry): entry is ReleasedEntry {
  return entry.k === 'released'
}

function namesOf({ stream, seqs }: StreamSeqs): readonly string[] {
  return seqs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => `${stream}/${from + i}`))
}

/** Name of the batch that an entry was first committed in, where another one passes it on. */
function fromOf(json: string): string | undefined {
  const entry = parseJson(json)
  const from = isEntry(entry) ? fromBatchOf(entry) : undefined
  return from && `${from.stream}/${from.seq}`
}

function numberOf(entry: { readonly k: string }): number | undefined {
  if ('values' in entry && typeof entry.values === 'object' && entry.values !== null && 'n' in entry.values) {
    return Number(entry.values.n)
  }
  return entry.k === 'alarm' && 'value' in entry ? Number(entry.value) : undefined
}
