import { performance } from 'node:perf_hooks'
import { type Asked, firstIllegalAddress, type Framing, honestPdu, type Request } from './framing.ts'
import { Trace } from './trace.ts'

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

/** A second copy of an answer is sent this soon after the request that it disturbs, or not at all. */
const promptTimeouts = 0.25
/** No two lengths that a line is asked for differ by this. */
const wrongByRegisters = 2
/** Requests whose arrival is waited for. */
const maxUnderWay = 64

function nameOf({ transaction, unitId, read }: Request): string {
  return `${transaction} ${unitId} ${read.functionCode} ${read.address} ${read.count}`
}

type Trick = (wire: Wire, asked: Asked, frame: Uint8Array) => void

type Tricks = readonly (readonly [name: string, trick: Trick])[]

/**
 * Answers are late by at most this many time-outs, counted from when the client sent its request. What the machine delays
 * beyond it is not sent at all, and counted as `machine_late`.
 */
export const latestTimeouts = 3.2

/**
 * A server that knows every answer and delivers it in every wrong way there is: late by 0.5 to 3 time-outs and in any
 * order, doubled, short, split, merged with others, under a wrong transaction, unit, function or length, as the answer to
 * an earlier request, behind garbage, with a wrong CRC, or not at all.
 */
export class Adversary {
  readonly counts: Record<string, number> = {}
  readonly trace = new Trace()
  /** Requests received so far. */
  received = 0
  readonly #options: AdversaryOptions
  readonly #tricks: Tricks
  /** When the client sent what has not been received yet, oldest first. */
  readonly #sentMs = new Map<string, number>()
  readonly #readSent: (chunk: Uint8Array) => readonly Request[]
  /** Wires on which an answer is half sent, with what waits behind it. */
  readonly #splitting = new WeakMap<Wire, { readonly asked: Asked; readonly bytes: Uint8Array }[]>()
  /** An answer on it was cut short. */
  #torn: Wire | undefined
  #held: { readonly asked: Asked; readonly frame: Uint8Array } | undefined
  #earlier: { readonly asked: Asked; readonly frame: Uint8Array } | undefined

  constructor(options: AdversaryOptions) {
    this.#options = options
    this.#readSent = options.framing.requests()
    const common: Tricks = [
      ['late', (wire, asked, frame) => this.#late(wire, asked, frame)],
      ['late', (wire, asked, frame) => this.#late(wire, asked, frame)],
      ['late', (wire, asked, frame) => this.#late(wire, asked, frame)],
      ['late_twice', (wire, asked, frame) => this.#late(wire, asked, Buffer.concat([frame, frame]))],
      ['doubled', (wire, asked, frame) => this.#write(wire, asked, Buffer.concat([frame, frame]))],
      ['short', (wire, asked, frame) => this.#short(wire, asked, frame)],
      ['split', (wire, asked, frame) => this.#split(wire, asked, frame)],
      ['held', (_wire, asked, frame) => void (this.#held = { asked, frame })],
      ['wrong_unit', (wire, asked) => this.#lie(wire, { ...asked, unitId: asked.unitId + 100 })],
      ['wrong_function', (wire, asked) => this.#wrongFunction(wire, asked)],
      ['wrong_length', (wire, asked) => this.#wrongLength(wire, asked)],
      ['earlier', (wire, asked, frame) => this.#earlierAgain(wire, asked, frame)],
      ['garbage', (wire, asked, frame) => this.#garbage(wire, asked, frame)],
      ['silent', () => {}],
      ['broken_off', (wire, asked, frame) => this.#breakOff(wire, asked, frame)],
    ]
    const own: Tricks =
      options.framing.name === 'mbap'
        ? [['wrong_transaction', (wire, asked) => this.#wrongTransaction(wire, asked)]]
        : [['bad_crc', (wire, asked, frame) => this.#write(wire, asked, this.#damaged(frame))]]
    this.#tricks = [...common, ...own]
  }

  /** The client sends this now: the promise of how late an answer may be counts from here. */
  sent(bytes: Uint8Array): void {
    this.trace.note('client sends', bytes)
    for (const request of this.#readSent(bytes)) this.#sentMs.set(nameOf(request), performance.now())
    // Of requests on a connection that broke.
    if (this.#sentMs.size > maxUnderWay)
      for (const oldest of this.#sentMs.keys()) return void this.#sentMs.delete(oldest)
  }

  /** A connection to the adversary: gives what takes the client's bytes. */
  serve(wire: Wire): (chunk: Uint8Array) => void {
    const read = this.#options.framing.requests()
    return chunk => {
      this.trace.note('adversary reads', chunk)
      for (const request of read(chunk)) {
        const name = nameOf(request)
        const sentMs = this.#sentMs.get(name)
        this.#sentMs.delete(name)
        // One that nobody remembers is so old that no answer may come any more.
        if (sentMs !== undefined) this.#answer(wire, { ...request, n: this.received++, sentMs })
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
      this.#count('merged')
      const both = random() < 0.5 ? [held.frame, frame] : [frame, held.frame]
      this.#write(wire, asked, Buffer.concat(both))
    } else if (name && trick) {
      this.#count(name)
      trick(wire, asked, frame)
    } else this.#write(wire, asked, frame)
    this.#earlier = { asked, frame }
  }

  #count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1
  }

  /**
   * The only way to the wire. What would be later than is promised is kept back, and what comes while an answer is half
   * sent waits: no peer writes into the middle of its own frames.
   */
  #write(wire: Wire, asked: Asked, bytes: Uint8Array): void {
    const waiting = this.#splitting.get(wire)
    if (waiting) waiting.push({ asked, bytes })
    else if (this.#isInTime(asked)) {
      this.trace.note('adversary writes', bytes)
      wire.write(bytes)
    } else this.#count('machine_late')
  }

  #below(limit: number): number {
    return Math.floor(this.#options.random() * limit)
  }

  #isInTime(asked: Asked): boolean {
    return performance.now() - asked.sentMs <= latestTimeouts * this.#options.timeoutMs
  }

  #late(wire: Wire, asked: Asked, bytes: Uint8Array): void {
    const { random, timeoutMs } = this.#options
    const delayMs = Math.max(0, asked.sentMs + (0.5 + 2.5 * random()) * timeoutMs - performance.now())
    setTimeout(() => {
      // Behind a split answer it would be later than is promised.
      if (!this.#splitting.has(wire)) this.#write(wire, asked, bytes)
    }, delayMs)
  }

  #short(wire: Wire, asked: Asked, frame: Uint8Array): void {
    if (this.#isTorn(wire)) return this.#write(wire, asked, frame)
    this.#write(wire, asked, frame.subarray(0, this.#below(frame.length)))
    this.#torn = wire
  }

  /**
   * Modbus TCP has no checksum: where an answer was cut short, noise or another fragment that fills up exactly what is
   * missing can't be told from it by anybody. Whole answers behind it can.
   */
  #isTorn(wire: Wire): boolean {
    return this.#options.framing.name === 'mbap' && this.#torn === wire
  }

  /** In two pieces with a pause. */
  #split(wire: Wire, asked: Asked, frame: Uint8Array): void {
    if (this.#splitting.has(wire)) return this.#write(wire, asked, frame)
    const cut = this.#below(frame.length)
    this.#write(wire, asked, frame.subarray(0, cut))
    const waiting = [{ asked, bytes: frame.subarray(cut) }]
    this.#splitting.set(wire, waiting)
    const goOn = () => {
      this.#splitting.delete(wire)
      // A half whose other half comes too late is all that there is of it.
      if (!this.#isInTime(asked)) this.#torn = wire
      for (const one of waiting) this.#write(wire, one.asked, one.bytes)
    }
    setTimeout(goOn, this.#options.random() * 0.9 * this.#options.timeoutMs)
  }

  #lie(wire: Wire, asked: Asked): void {
    this.#write(wire, asked, this.#options.framing.answer(asked, honestPdu(asked)))
  }

  #wrongFunction(wire: Wire, asked: Asked): void {
    const pdu = Uint8Array.from(honestPdu(asked))
    pdu[0] = (pdu[0] ?? 0) ^ 2
    this.#write(wire, asked, this.#options.framing.answer(asked, pdu))
  }

  /**
   * Too many registers, in a frame that is right in itself; as many as nobody asks for here, for nobody could tell the
   * answer of a device that is wrong about the length and late as well.
   */
  #wrongLength(wire: Wire, asked: Asked): void {
    this.#lie(wire, { ...asked, read: { ...asked.read, count: asked.read.count + wrongByRegisters } })
  }

  #wrongTransaction(wire: Wire, asked: Asked): void {
    const steps = [1, -1, 0x100, 0x8000]
    const step = steps[this.#below(steps.length)] ?? 1
    this.#lie(wire, { ...asked, transaction: (asked.transaction + step) & 0xffff })
  }

  /**
   * The answer to the request before comes once more; over RTU only where its form is another, and while the client surely
   * waits for this one: else nobody can tell.
   */
  #earlierAgain(wire: Wire, asked: Asked, frame: Uint8Array): void {
    const before = this.#earlier
    if (!before) return this.#write(wire, asked, frame)
    const isSameForm =
      before.asked.unitId === asked.unitId &&
      before.asked.read.functionCode === asked.read.functionCode &&
      (before.asked.read.count === asked.read.count || before.asked.read.address >= firstIllegalAddress)
    const isLate = performance.now() - asked.sentMs > promptTimeouts * this.#options.timeoutMs
    if (this.#options.framing.name === 'rtu' && (isSameForm || isLate)) return this.#write(wire, asked, frame)
    this.#write(wire, before.asked, before.frame)
    if (this.#options.random() < 0.5) this.#write(wire, asked, frame)
  }

  #garbage(wire: Wire, asked: Asked, frame: Uint8Array): void {
    if (this.#isTorn(wire)) return this.#write(wire, asked, frame)
    const noise = Uint8Array.from({ length: 1 + this.#below(20) }, () => this.#below(256))
    this.#write(wire, asked, Buffer.concat([noise, frame]))
  }

  #damaged(frame: Uint8Array): Uint8Array {
    const damaged = Uint8Array.from(frame)
    for (let flips = 1 + this.#below(3); flips > 0; flips--) {
      const at = this.#below(damaged.length)
      damaged[at] = (damaged[at] ?? 0) ^ (1 << this.#below(8))
    }
    return damaged
  }

  #breakOff(wire: Wire, asked: Asked, frame: Uint8Array): void {
    const half = frame.subarray(0, this.#below(frame.length))
    if (half.length > 0 && !this.#isTorn(wire)) this.#write(wire, asked, half)
    wire.breakOff?.(this.#options.random() < 0.5 ? 'reset' : 'end')
  }
}
