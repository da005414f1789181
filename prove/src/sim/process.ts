import { type Entry, type Receipt, stringifyJson } from '@lineside/contract'
import { pino } from 'pino'
import type { BufferNotice, SendingSide, Settled, StreamKind } from '../../../agent/src/buffer/api.ts'
import { ownBatch } from '../../../agent/src/buffer/batch/new-batch.ts'
import { type Stamps, stampsOf } from '../../../agent/src/buffer/thread/pending.ts'
import type { ClockKeeper } from '../../../agent/src/clock/api.ts'
import { createClockKeeper } from '../../../agent/src/clock/keeper.ts'
import { createUplink } from '../../../agent/src/uplink/uplink.ts'
import { BufferCore, type LetOut } from './core.ts'
import type { History } from './history.ts'
import type { Boot } from './boot.ts'
import { certificateFromMs, type Network } from './network.ts'
import { entryOf, type Reading } from './reading.ts'
import { decode } from './receiver.ts'
import type { Scheduler } from './scheduler.ts'

export interface ProcessOptions {
  readonly name: string
  /** Counts the starts of all machines: a restored one repeats its runs. */
  readonly life: number
  readonly gateway: string
  readonly folder: string
  readonly boot: Boot
  readonly scheduler: Scheduler
  readonly network: Network
  readonly history: History
  readonly newId: () => string
  /** Requests that may be under way at the same time. */
  readonly uplinks: number
}

interface PendingEntry {
  readonly kind: StreamKind
  readonly entry: Entry
  readonly number: number
  readonly stamps: Stamps
  readonly trueMs: number | undefined
}

const silent = pino({ level: 'silent' })
const commitEveryMs = 1000

/** One life of an agent: buffer, uplink, and the messages between them, any of which may be the last. */
export class AgentProcess {
  readonly core: BufferCore
  isAlive = true
  /** The run in which there were three rejections in a row, until something is accepted: another finds out anew. */
  #probing: number | undefined
  readonly #o: ProcessOptions
  readonly #pending: PendingEntry[] = []
  readonly #keeper: ClockKeeper
  #threadFree = 0
  #isDue = false

  constructor(options: ProcessOptions) {
    this.#o = options
    const { gateway, folder: path, scheduler, boot, network } = options
    const machine = {
      now: () => boot.now(),
      monotonic: () => boot.monotonic(),
      after: (ms: number, run: () => void) => this.#after(ms, run),
    }
    const askTime = boot.isAlone ? undefined : network.askTime(boot, () => this.isAlive)
    const { service, isPinned } = boot
    this.#keeper = createClockKeeper({ machine, random: scheduler.random, log: silent, service, askTime, isPinned })
    const { clock } = this.#keeper
    const isTimeDoubtful = !this.#keeper.stamping().certain
    const start = { path, gateway, maxSizeBytes: 64e6, boot: boot.id, now: clock.now(), isTimeDoubtful }
    this.core = new BufferCore(start, notice => this.#noticed(notice))
    options.history.started(this.core.store.run, this.name)
    for (let i = 0; i < options.uplinks; i++) {
      createUplink({
        gateway,
        buffer: this.#sendingSide(),
        post: this.#post(),
        clock,
        random: scheduler.random,
        log: silent,
        onDate: answer => {
          if (!boot.isAlone) this.#keeper.heard(answer)
        },
      }).start()
    }
    this.#keeper.onChange(({ shiftMs, source }) => {
      scheduler.tell(`${this.name}: its clock is set by ${shiftMs} ms, as ${source ?? 'nobody'} says`)
    })
    this.#keeper.start()
  }

  /** Nobody sets its clock any more. */
  clockRests(): void {
    this.#keeper[Symbol.dispose]()
  }

  /** A salvaged database begins a new run. */
  get name(): string {
    return `${this.#o.name}#${this.#o.life} run ${this.core.store.run}`
  }

  get idle(): boolean {
    return this.#pending.length === 0 && this.core.waiting().length === 0
  }

  /** A commit of nothing, as one for receipts is. False while the path of its buffer leads elsewhere. */
  looks(): boolean {
    try {
      this.core.commit(this.#moment(), [])
    } catch (error) {
      this.#o.scheduler.tell(`${this.name}: ${String(error)}`)
    }
    return !this.core.store.isHidden
  }

  /** Lets out what is in quarantine. */
  letOut(): readonly LetOut[] {
    return this.core.letOut(this.#moment())
  }

  /** Entries that are not committed yet. */
  get holdsEntries(): boolean {
    return this.#pending.length > 0
  }

  /** What its database has come to. */
  ended(isAlive: boolean): void {
    const rows = [...this.core.store.streams.values()].toSorted((a, b) => a.id - b.id)
    const streams = rows.map(({ stream }) => stream)
    const descents = [...this.core.store.lineage.descents]
    const remembers = new Set(descents.flatMap(([stream, { besides }]) => (besides.length > 0 ? [stream] : [])))
    this.#o.history.copies.ended({ machine: this.#o.name, streams, isAlive, remembers })
  }

  /** A reading or alarm comes and waits in memory for its commit. */
  take(reading: Reading, number: number): void {
    const t = this.#keeper.clock.now()
    const kind = reading === 'alarm' ? 'alarms' : 'data'
    const stamps = stampsOf(() => this.#keeper.stamping())
    const { boot, scheduler } = this.#o
    const trueMs = boot.isAlone ? undefined : scheduler.now()
    this.#pending.push({ kind, entry: entryOf(reading, number, t), number, stamps, trueMs })
    this.#commitLater()
  }

  /** kill -9: what was not committed is gone, and nothing that was asked is answered. */
  kill(): void {
    this.isAlive = false
    this.ended(false)
    this.core[Symbol.dispose]()
  }

  #after(ms: number, run: () => void) {
    return this.#o.scheduler.after(ms, () => {
      if (this.isAlive) run()
    })
  }

  /** A message to the buffer's thread and back; the process may end before, between and behind. */
  #call<T>(work: () => T): Promise<T> {
    const { scheduler } = this.#o
    this.#threadFree = Math.max(this.#threadFree, scheduler.monotonic() + scheduler.random() * 20) + 0.01
    return new Promise((resolve, reject) => {
      this.#after(this.#threadFree - scheduler.monotonic(), () => {
        let settle: () => void
        try {
          const result = work()
          settle = () => resolve(result)
        } catch (error) {
          settle = () => reject(error)
        }
        this.#after(scheduler.random() * 20, settle)
      })
    })
  }

  #moment() {
    const { newId } = this.#o
    const ids = [newId(), newId(), newId(), newId()]
    return { now: this.#keeper.clock.now(), ids, clock: this.#keeper.stamping() }
  }

  #sendingSide(): SendingSide {
    const { core } = this
    return {
      next: options => this.#call(() => core.next(this.#moment(), options)),
      settle: (id, receipt) => this.#call(() => this.#settle(id, receipt)),
      release: id => this.#call(() => core.release(this.#moment(), id)),
      refused: (id, why) => this.#call(() => core.refused(this.#moment(), id, why)),
      onCommitted: listener => {
        this.#committed.push(listener)
        return () => undefined
      },
    }
  }

  /** A receipt that has more of a stream of this run than was given out ends it (protocol.md, N6). */
  #settle(id: number, receipt: Receipt): Settled {
    const { store } = this.core
    const current = [...store.streams.values()].filter(row => store.isCurrent(row.id))
    const settled = this.core.settle(this.#moment(), id, receipt)
    for (const { stream, acked } of receipt.streams) {
      const row = current.find(known => known.stream === stream)
      if (row && (acked.at(-1)?.[1] ?? 0) > row.high) this.#overtaken.add(stream)
    }
    return settled
  }

  readonly #overtaken = new Set<string>()
  readonly #committed: (() => void)[] = []

  #commitLater(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#after(commitEveryMs, () => {
      this.#isDue = false
      void this.#commit()
    })
  }

  async #commit(): Promise<void> {
    const waiting = firstOfOneClock(this.#pending)
    const { boot } = this.#o
    try {
      await this.#call(() => {
        if (waiting[0] !== this.#pending[0]) return
        const kinds = (['alarms', 'data'] as const).filter(kind => waiting.some(one => one.kind === kind))
        const of = (kind: StreamKind) => waiting.filter(one => one.kind === kind)
        const names = this.core.commit(
          this.#moment(),
          kinds.map(kind =>
            ownBatch(
              kind,
              of(kind).map(({ entry }) => entry),
              { readings: of(kind).length, ...waiting[0]?.stamps },
            ),
          ),
        )
        this.#pending.splice(0, waiting.length)
        for (const name of names.values()) {
          if (!this.#overtaken.has(name.split('/')[0] ?? '')) continue
          this.#o.history.violate(`SHARED: ${this.name} commits ${name}, though another goes on with that stream`)
        }
        for (const { kind, entry, number, trueMs } of waiting) {
          const line = stringifyJson(entry)
          this.#o.history.committed({ number, kind, name: names.get(kind) ?? '', line, trueMs, boot: boot.id })
        }
      })
      for (const tell of this.#committed) tell()
      if (this.#pending.length > 0) this.#commitLater()
    } catch (error) {
      this.#o.scheduler.tell(`${this.name}: the disk refuses ${waiting.length} entries (${String(error)})`)
      this.#commitLater()
    }
  }

  #post() {
    const { scheduler, network, history } = this.#o
    const { boot } = this.#o
    const post = network.post(
      () => this.isAlive,
      () => boot.isAlone || Math.max(boot.now(), (boot.isPinned && this.#keeper.rightTime()) || 0) >= certificateFromMs,
    )
    return (body: Uint8Array, signal: AbortSignal) => {
      const request = decode(body)
      if (!request.ok) history.violate(`UNDECODABLE: ${this.name} sends what can't be decoded: ${request.message}`)
      else {
        const names = [...request.batches, ...request.rejected].map(({ stream, seq }) => `${short(stream)}/${seq}`)
        scheduler.tell(`${this.name} sends [${names.join(' ')}]`)
        if (this.#probing === this.core.store.run && request.envelope.batches > 1 && !history.mayProbeTogether)
          history.violate(`PROBING: ${this.name} sends ${names.length} batches while it is to probe`)
        history.sent(request, boot.id, this.#o.name)
      }
      return post(body, signal)
    }
  }

  #noticed(notice: BufferNotice): void {
    const { scheduler, history } = this.#o
    scheduler.tell(`${this.name} notices ${JSON.stringify(notice)}`)
    if (notice.kind === 'rejecting') this.#probing = this.core.store.run
    if (notice.kind === 'accepting') this.#probing = undefined
    history.noticed(this.name, notice)
  }
}

/** What can share batches: no batch holds entries by two clocks. */
function firstOfOneClock(pending: readonly PendingEntry[]): readonly PendingEntry[] {
  const [first] = pending
  const end = pending.findIndex(
    ({ stamps }) => stamps.clock !== first?.stamps.clock || stamps.epoch !== first.stamps.epoch,
  )
  return end < 0 ? [...pending] : pending.slice(0, end)
}

function short(stream: string): string {
  return stream.slice(-4)
}
