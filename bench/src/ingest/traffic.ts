import { gzipSync } from 'node:zlib'
import { encodeEnvelope, encodeMember, stringifyJson } from '@lineside/contract'
import type { Sample } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'

/** What one gateway sends: samples of `points` points from each of its devices once a second. */
export interface TrafficOptions {
  readonly gateway: string
  readonly stream: string
  readonly devices: number
  readonly points: number
  /** Batches of one second each in a request. */
  readonly batches: number
  readonly seed: number
}

export interface Request {
  readonly body: Uint8Array
  readonly readings: number
}

/** Requests as an agent makes them, one after the other: a member for each batch, with the agent's compression. */
export interface Traffic {
  next(): Request
}

const startMs = 1_763_700_000_000
const boot = '00000000-0000-4000-8000-00000000b007'

/** Names of points as profiles have them; every fifth value is a count, the others are measured. */
const words = ['voltage', 'current', 'power', 'temperature', 'energy'] as const

export function createTraffic({ gateway, stream, devices, points, batches, seed }: TrafficOptions): Traffic {
  const random = seededRandom(seed)
  const names = Array.from({ length: points }, (_, i) => `${words[i % words.length] ?? 'value'}_${i}`)
  const levels = names.map((_, i) => (i % words.length === 4 ? 100_000 + i : 20 + i * 7))
  let seq = 0

  function value(index: number): number {
    const level = levels[index] ?? 0
    if (index % words.length === 4) return (levels[index] = level + Math.floor(random() * 3))
    return Math.round((level + (random() - 0.5) * 2) * 100) / 100
  }

  function member(): Uint8Array {
    seq++
    const t = startMs + seq * 1000
    const lines = Array.from({ length: devices }, (_, device) => {
      const values = Object.fromEntries(names.map((name, i) => [name, value(i)]))
      const sample: Sample = { k: 'sample', device: `machine_${device}`, t: t + device * 17, values }
      return stringifyJson(sample)
    })
    return gzipSync(encodeMember({ gateway, stream, seq, boot }, lines), { level: 6 })
  }

  return {
    next() {
      const low = Math.max(1, seq)
      const members = Array.from({ length: batches }, member)
      const envelope = gzipSync(encodeEnvelope({ gateway, batches, streams: [{ stream, low }] }))
      return { body: Buffer.concat([envelope, ...members]), readings: batches * devices * points }
    },
  }
}
