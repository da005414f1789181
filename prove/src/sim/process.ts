import { type Entry, stringifyJson } from '@lineside/contract'
import { pino } from 'pino'
import type { BufferNotice, SendingSide, StreamKind } from '../../../agent/src/buffer/api.ts'
import { ownBatch } from '../../../agent/src/buffer/new-batch.ts'
import { createUplink } from '../../../agent/src/uplink/uplink.ts'
import { BufferCore } from './core.ts'
import type { History } from './history.ts'
import type { Network } from './network.ts'
import { decode, undecodableMark } from './receiver.ts'
import type { Scheduler } from './scheduler.ts'

export interface ProcessOptions {
  readonly name: string
  /** Counts the starts of all machines: a restored one repeats its runs. */
  readonly life: number
  readonly gateway: string
  readonly folder: string
  readonly scheduler: Scheduler
  readonly network: Network
  readonly history: History
  readonly newId: () => string
}

/** What a device gives. */
export type Reading = 'good' | 'alarm' | 'invalid' | 'undecodable'

const silent = pino({ level: 'silent' })
const commitEveryMs = 1000

/** One life of an agent: buffer, uplink, and the messages between them, any of which may be the last. */
export class AgentProcess {
  readonly core: BufferCore
  isAlive = true
  /** After three rejections in a row, until something is accepted. */
  #probing = false
  readonly #o: ProcessOptions
  readonly #pending: { readonly kind: StreamKind; readonly entry: Entry; readonly number: number }[] = []
  #threadFree = 0
  #isDue = false

  constructor(options: ProcessOptions) {
    this.#o = options
    const { gateway, folder: path, newId, scheduler } = options
    const start = { path, gateway, maxSizeBytes: 64e6, boot: newId(), now: scheduler.now() }
    this.core = new BufferCore(start, notice => this.#noticed(notice))
    options.history.started(this.core.store.run, this.name)
    createUplink({
      gateway,
      buffer: this.#sendingSide(),
      post: this.#post(),
      clock: {
        now: () => scheduler.now(),
        monotonic: () => scheduler.monotonic(),
        after: (ms, run) => this.#after(ms, run),
      },
      random: scheduler.random,
      log: silent,
    }).start()
  }

  /** A salvaged database begins a new run. */
  get name(): string {
    return `${this.#o.name}#${this.#o.life} run ${this.core.store.run}`
  }

  get idle(): boolean {
    return this.#pending.length === 0 && this.core.waiting().length === 0
  }

  /** A reading or alarm comes and waits in memory for its commit. */
  take(reading: Reading, number: number): void {
    const t = this.#o.scheduler.now()
    const kind = reading === 'alarm' ? 'alarms' : 'data'
    this.#pending.push({ kind, entry: entryOf(reading, number, t), number })
    this.#commitLater()
  }

  /** kill -9: what was not committed is gone, and nothing that was asked is answered. */
  kill(): void {
    this.isAlive = false
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
    const { scheduler, newId } = this.#o
    return { now: scheduler.now(), ids: [newId(), newId(), newId(), newId()] }
  }

  #sendingSide(): SendingSide {
    const { core } = this
    return {
      next: options => this.#call(() => core.next(this.#moment(), options)),
      settle: (id, receipt) => this.#call(() => core.settle(this.#moment(), id, receipt)),
      release: id => this.#call(() => core.release(id)),
      refused: (id, why) => this.#call(() => core.refused(this.#moment(), id, why)),
      onCommitted: listener => {
        this.#committed = listener
        return () => undefined
      },
    }
  }

  #committed: () => void = () => undefined

  #commitLater(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#after(commitEveryMs, () => {
      this.#isDue = false
      void this.#commit()
    })
  }

  async #commit(): Promise<void> {
    const waiting = [...this.#pending]
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
              { readings: of(kind).length },
            ),
          ),
        )
        this.#pending.splice(0, waiting.length)
        for (const { kind, entry, number } of waiting) {
          this.#o.history.committed({ number, kind, name: names.get(kind) ?? '', line: stringifyJson(entry) })
        }
      })
      this.#committed()
    } catch (error) {
      this.#o.scheduler.tell(`${this.name}: the disk refuses ${waiting.length} entries (${String(error)})`)
      this.#commitLater()
    }
  }

  #post() {
    const { scheduler, network, history } = this.#o
    const post = network.post(() => this.isAlive)
    return (body: Uint8Array, signal: AbortSignal) => {
      const request = decode(body)
      if (!request.ok) history.violate(`UNDECODABLE: ${this.name} sends what can't be decoded: ${request.message}`)
      else {
        const names = [...request.batches, ...request.rejected].map(({ stream, seq }) => `${short(stream)}/${seq}`)
        scheduler.tell(`${this.name} sends [${names.join(' ')}]`)
        if (this.#probing && request.envelope.batches > 1 && !history.membersAreShared)
          history.violate(`PROBING: ${this.name} sends ${names.length} batches while it is to probe`)
        history.sent(request)
      }
      return post(body, signal)
    }
  }

  #noticed(notice: BufferNotice): void {
    const { scheduler, history } = this.#o
    scheduler.tell(`${this.name} notices ${JSON.stringify(notice)}`)
    if (notice.kind === 'rejecting') this.#probing = true
    if (notice.kind === 'accepting' || notice.kind === 'salvaged') this.#probing = false
    history.noticed(this.name, notice)
  }
}

function short(stream: string): string {
  return stream.slice(-4)
}

function entryOf(reading: Reading, number: number, t: number): Entry {
  if (reading === 'alarm') {
    const id = `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`
    const words = { event: 'raised', state: 'unacknowledged', priority: 'high', text: 'too hot' }
    return { k: 'alarm', t, device: 'd', alarm: 'hot', id, ...words, value: number }
  }
  const sample = { k: 'sample', device: 'd', t, values: { n: number, p: 1 } }
  if (reading === 'invalid') return { ...sample, quality: { p: 'nonsense' } }
  if (reading === 'undecodable') return JSON.parse(JSON.stringify(sample).replace('"p":1}', undecodableMark)) as Entry
  return sample
}
