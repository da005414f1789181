import { type Quality, stringifyJson, type Value } from '@lineside/contract'
import type { Reply } from './reply.ts'

/** Where lines go. */
export interface LineSink {
  write(text: string): void
  /** Resolves when all that was written is with the operating system. */
  close(): Promise<void>
}

/** One reply as a line of NDJSON. */
export function ledgerLine(reply: Reply): string {
  return `${stringifyJson(reply)}\n`
}

/** What a device has made and not yet handed over. */
export interface DraftReply {
  readonly device: string
  readonly at: number
  readonly points: Readonly<Record<string, Value>>
  readonly quality?: Readonly<Record<string, Quality>>
}

/** Counts and writes down every reply that was handed over. Without a sink it only counts. */
export class Ledger {
  readonly #sink: LineSink | undefined
  readonly #numbers = new Map<string, number>()
  #readings = 0

  constructor(sink?: LineSink) {
    this.#sink = sink
  }

  /** False: nobody needs to make drafts. */
  get isOn(): boolean {
    return this.#sink !== undefined
  }

  /** Readings handed over so far, bad ones too. */
  get readings(): number {
    return this.#readings
  }

  /** Replies handed over so far. */
  get replies(): number {
    let sum = 0
    for (const n of this.#numbers.values()) sum += n
    return sum
  }

  /** Call it when the reply is out of the simulator's hands: written, acknowledged, or at the end neither. */
  add(draft: DraftReply, unconfirmed?: 'unconfirmed'): void {
    const { device, at, points, quality } = draft
    const n = (this.#numbers.get(device) ?? 0) + 1
    this.#numbers.set(device, n)
    this.#readings += Object.keys(points).length + (quality === undefined ? 0 : Object.keys(quality).length)
    const doubt = unconfirmed === undefined ? {} : { unconfirmed: true as const }
    this.#sink?.write(ledgerLine({ device, n, at, points, ...(quality === undefined ? {} : { quality }), ...doubt }))
  }
}
