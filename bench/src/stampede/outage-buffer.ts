import { countSeqs, encodeEnvelope, encodeMember, limits, missing, overlaps, stringifyJson } from '@lineside/contract'
import type { IntervalSet, Receipt } from '@lineside/contract'
import { gzipSync } from 'node:zlib'
import type { SendingSide, Settled, Take, TakeOptions } from '../../../agent/src/buffer/api.ts'

/** What one gateway measures: one sample of so many points a second, each second in a batch of its own. */
export const points = 10
const boot = '00000000-0000-4000-8000-00000000b007'
/** Batches that the agent's buffer joins in one member. */
const merged = 512
const startMs = 1_763_700_000_000

/** The sample of each second, the same for all gateways: to make them anew for each would take minutes. */
export function makeHour(seconds: number, random: () => number): readonly string[] {
  const values = Array.from({ length: points }, () => 20 + random() * 200)
  return Array.from({ length: seconds }, (_, second) => {
    for (const [i, value] of values.entries()) {
      if (i % 2 === 0 || random() < 0.05) values[i] = Math.round((value + random() - 0.5) * 100) / 100
    }
    const named = Object.fromEntries(values.map((value, i) => [`point_${i}`, value]))
    return stringifyJson({ k: 'sample', device: 'press_1', t: startMs + second * 1000, values: named })
  })
}

interface Member {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
}

/**
 * What an outage left in a gateway's buffer, as the agent stores and joins it, held in memory: a thousand gateways
 * have one disk here. It counts what receipts acknowledge.
 */
export class OutageBuffer implements SendingSide {
  readonly batches: number
  readonly bytes: number
  readonly #gateway: string
  readonly #stream: string
  readonly #members: readonly Member[]
  #acked: IntervalSet = []
  #requests = 0

  constructor(gateway: string, stream: string, lines: readonly string[]) {
    this.#gateway = gateway
    this.#stream = stream
    this.batches = lines.length
    this.#members = Array.from({ length: Math.ceil(lines.length / merged) }, (_, group) => {
      const from = group * merged + 1
      const to = Math.min(lines.length, from + merged - 1)
      const text = lines
        .slice(from - 1, to)
        .map((line, i) => encodeMember({ gateway, stream, seq: from + i, boot }, [line]))
        .join('')
      return { from, to, bytes: gzipSync(text) }
    })
    this.bytes = this.#members.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
  }

  get isDrained(): boolean {
    return countSeqs(this.#acked) === this.batches
  }

  async next({ maxBytes, nameAll = false }: TakeOptions): Promise<Take | undefined> {
    const waiting = this.#members.filter(({ from, to }) => !overlaps(this.#acked, from, to))
    const taken: Member[] = []
    let bytes = 0
    for (const member of waiting) {
      bytes += member.bytes.byteLength
      if (taken.length > 0 && bytes > Math.min(maxBytes, limits.requestBytes)) break
      taken.push(member)
    }
    if (taken.length === 0 && !nameAll) return undefined
    const batches = taken.reduce((sum, { from, to }) => sum + to - from + 1, 0)
    const low = missing(this.#acked, 1, this.batches)[0]?.[0] ?? this.batches + 1
    const envelope = encodeEnvelope({ gateway: this.#gateway, batches, streams: [{ stream: this.#stream, low }] })
    return {
      requestId: ++this.#requests,
      body: Buffer.concat([gzipSync(envelope), ...taken.map(member => member.bytes)]),
      batches,
      readings: batches * points,
      backlogBytes: 0,
      streams: [this.#stream],
      more: taken.length < waiting.length,
      probing: false,
    }
  }

  async settle(_requestId: number, { streams }: Receipt): Promise<Settled> {
    const before = countSeqs(this.#acked)
    for (const { stream, acked, rejected = [] } of streams) {
      if (stream !== this.#stream) continue
      if (rejected.length > 0) throw new Error(`${this.#gateway}: rejected: ${JSON.stringify(rejected[0])}`)
      this.#acked = acked
    }
    const acked = countSeqs(this.#acked) - before
    return { acked, arrived: acked, rejected: 0 }
  }

  async release(): Promise<void> {}

  async refused(_requestId: number, why: string): Promise<void> {
    throw new Error(`${this.#gateway}: the receiver finds a request ${why}`)
  }

  onCommitted(): () => void {
    return () => {}
  }
}
