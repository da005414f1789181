import { performance } from 'node:perf_hooks'
import { type Asked, firstIllegalAddress, type Framing, honestPdu } from './framing.ts'

/** One end of a connection or line, as the adversary has it. */
export interface Wire {
  write: (bytes: Uint8Array) => void
  /** Absent: the wire can't be broken. */
  breakOff?(how: 'reset' | 'end'): void
}

export interface AdversaryOptions {
  readonly framing: Framing
  /** The client's. */
  readonly timeoutMs: number
  readonly random: () => number
  /** Share of requests that something is done to. */
  readonly malice: number
}

type Trick = (wire: Wire, asked: Asked, frame: Uint8Array) => void

type Tricks = readonly (readonly [name: string, trick: Trick])[]

/** Answers are late by at most this many time-outs. What the machine delays beyond it is not sent at all. */
const latestTimeouts = 3.2

/** A request that the machine itself keeps for longer than this share of a time-out is not answered. */
const onTheWay = 0.3

/**
 * A server that knows every answer and delivers it in every wrong way there is: late by 0.5 to 3 time-outs and in any
 * order, doubled, short, split, merged with others, under a wrong transaction, unit or function, as the answer to an
 * earlier request, behind garbage, with a wrong CRC, or not at all.
 */
export class Adversary {
  readonly counts: Record<string, number> = {}
  /** Requests received so far. */
  received = 0
  /** When the client last sent something, where that is known: the promise of how late an answer may be counts from there. */
  sentMs = Number.POSITIVE_INFINITY
  readonly #options: AdversaryOptions
  readonly #tricks: Tricks
  /** Wires on which an answer is half sent. */
  readonly #splitting = new WeakSet<Wire>()
  /** An answer on it was cut short. */
  #torn: Wire | undefined
  #held: { readonly asked: Asked; readonly frame: Uint8Array } | undefined
  #earlier: { readonly asked: Asked; readonly frame: Uint8Array } | undefined

  constructor(options: AdversaryOptions) {
    this.#options = options
    const common: Tricks = [
      ['late', (wire, asked, frame) => this.#late(wire, asked, frame)],
      ['late', (wire, asked, frame) => this.#late(wire, asked, frame)],
      ['late', (wire, asked, frame) => this.#late(wire, asked, frame)],
      ['late_twice', (wire, asked, frame) => this.#late(wire, asked, Buffer.concat([frame, frame]))],
      ['doubled', (wire, _asked, frame) => wire.write(Buffer.concat([frame, frame]))],
      ['short', (wire, _asked, frame) => this.#short(wire, frame)],
      ['split', (wire, asked, frame) => this.#split(wire, asked, frame)],
      ['merged', (_wire, asked, frame) => void (this.#held = { asked, frame })],
      ['wrong_unit', (wire, asked) => this.#lie(wire, { ...asked, unitId: asked.unitId + 100 })],
      ['wrong_function', (wire, asked) => this.#wrongFunction(wire, asked)],
      ['earlier', (wire, asked, frame) => this.#earlierAgain(wire, asked, frame)],
      ['garbage', (wire, _asked, frame) => this.#garbage(wire, frame)],
      ['silent', () => {}],
      ['broken_off', (wire, _asked, frame) => this.#breakOff(wire, frame)],
    ]
    const own: Tricks =
      options.framing.name === 'mbap'
        ? [['wrong_transaction', (wire, asked) => this.#wrongTransaction(wire, asked)]]
        : [['bad_crc', (wire, _asked, frame) => wire.write(this.#damaged(frame))]]
    this.#tricks = [...common, ...own]
  }

  /** A connection to the adversary: gives what takes the client's bytes. */
  serve(wire: Wire): (chunk: Uint8Array) => void {
    const read = this.#options.framing.requests()
    return chunk => {
      const receivedMs = performance.now()
      const isLate = receivedMs - this.sentMs > onTheWay * this.#options.timeoutMs
      for (const request of read(chunk)) {
        if (isLate) this.counts['machine_late'] = (this.counts['machine_late'] ?? 0) + 1
        else this.#answer(wire, { ...request, n: this.received++, receivedMs })
      }
    }
  }

  #answer(wire: Wire, asked: Asked): void {
    const { framing, random, malice } = this.#options
    const frame = framing.answer(asked, honestPdu(asked))
    const held = this.#held
    this.#held = undefined
    const [name, trick] = (random() < malice ? this.#tricks[this.#below(this.#tricks.length)] : undefined) ?? []
    if (held && this.#isInTime(held.asked) && !this.#splitting.has(wire)) {
      const both = random() < 0.5 ? [held.frame, frame] : [frame, held.frame]
      wire.write(Buffer.concat(both))
    } else if (name && trick) {
      this.counts[name] = (this.counts[name] ?? 0) + 1
      trick(wire, asked, frame)
    } else wire.write(frame)
    this.#earlier = { asked, frame }
  }

  #below(limit: number): number {
    return Math.floor(this.#options.random() * limit)
  }

  #isInTime(asked: Asked): boolean {
    return performance.now() - asked.receivedMs <= latestTimeouts * this.#options.timeoutMs
  }

  #after(delayMs: number, asked: Asked, wire: Wire, bytes: Uint8Array): void {
    setTimeout(() => {
      // Behind a split answer it would be later than is promised.
      if (this.#isInTime(asked) && !this.#splitting.has(wire)) wire.write(bytes)
    }, delayMs)
  }

  #late(wire: Wire, asked: Asked, frame: Uint8Array): void {
    const { random, timeoutMs } = this.#options
    this.#after((0.5 + 2.5 * random()) * timeoutMs, asked, wire, frame)
  }

  #short(wire: Wire, frame: Uint8Array): void {
    if (this.#isTorn(wire)) return wire.write(frame)
    wire.write(frame.subarray(0, this.#below(frame.length)))
    this.#torn = wire
  }

  /**
   * Modbus TCP has no checksum: where an answer was cut short, noise or another fragment that fills up exactly what is
   * missing can't be told from it by anybody. Whole answers behind it can.
   */
  #isTorn(wire: Wire): boolean {
    return this.#options.framing.name === 'mbap' && this.#torn === wire
  }

  /** In two pieces with a pause. What else is sent meanwhile waits: no peer writes into the middle of its own frames. */
  #split(wire: Wire, asked: Asked, frame: Uint8Array): void {
    if (this.#splitting.has(wire)) return wire.write(frame)
    this.#splitting.add(wire)
    const cut = this.#below(frame.length)
    wire.write(frame.subarray(0, cut))
    const waiting: Uint8Array[] = [frame.subarray(cut)]
    const write = wire.write
    wire.write = bytes => void waiting.push(bytes)
    setTimeout(
      () => {
        this.#splitting.delete(wire)
        wire.write = write
        if (!this.#isInTime(asked)) this.#torn = wire
        else for (const bytes of waiting) write(bytes)
      },
      this.#options.random() * 0.9 * this.#options.timeoutMs,
    )
  }

  #lie(wire: Wire, asked: Asked): void {
    wire.write(this.#options.framing.answer(asked, honestPdu(asked)))
  }

  #wrongFunction(wire: Wire, asked: Asked): void {
    const pdu = Uint8Array.from(honestPdu(asked))
    pdu[0] = (pdu[0] ?? 0) ^ 2
    wire.write(this.#options.framing.answer(asked, pdu))
  }

  #wrongTransaction(wire: Wire, asked: Asked): void {
    const steps = [1, -1, 0x100, 0x8000]
    const step = steps[this.#below(steps.length)] ?? 1
    this.#lie(wire, { ...asked, transaction: (asked.transaction + step) & 0xffff })
  }

  /** The answer to the request before comes once more; over RTU only where its form is another: else nobody can tell. */
  #earlierAgain(wire: Wire, asked: Asked, frame: Uint8Array): void {
    const before = this.#earlier
    if (!before) return wire.write(frame)
    const isSameForm =
      before.asked.unitId === asked.unitId &&
      before.asked.read.functionCode === asked.read.functionCode &&
      (before.asked.read.count === asked.read.count || before.asked.read.address >= firstIllegalAddress)
    if (this.#options.framing.name === 'rtu' && isSameForm) return wire.write(frame)
    wire.write(before.frame)
    if (this.#options.random() < 0.5) wire.write(frame)
  }

  #garbage(wire: Wire, frame: Uint8Array): void {
    if (this.#isTorn(wire)) return wire.write(frame)
    const noise = Uint8Array.from({ length: 1 + this.#below(20) }, () => this.#below(256))
    wire.write(Buffer.concat([noise, frame]))
  }

  #damaged(frame: Uint8Array): Uint8Array {
    const damaged = Uint8Array.from(frame)
    for (let flips = 1 + this.#below(3); flips > 0; flips--) {
      const at = this.#below(damaged.length)
      damaged[at] = (damaged[at] ?? 0) ^ (1 << this.#below(8))
    }
    return damaged
  }

  #breakOff(wire: Wire, frame: Uint8Array): void {
    const half = frame.subarray(0, this.#below(frame.length))
    if (half.length > 0 && !this.#isTorn(wire)) wire.write(half)
    wire.breakOff?.(this.#options.random() < 0.5 ? 'reset' : 'end')
  }
}
