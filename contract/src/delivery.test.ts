import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { admitBatch } from './admit.ts'
import type { Entry, Interval } from './entry.ts'
import { isGap, isSummary, namesOf } from './gaps.ts'
import { countSeqs, covers, emptySet, hasSeq } from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'
import { stringifyJson } from './json.ts'
import { encodeMember } from './wire/v1/batch.ts'
import { encodeEnvelope } from './wire/v1/envelope.ts'
import { encodeReceipt, parseReceipt } from './wire/v1/receipt.ts'
import { decodeRequest } from './wire/v1/request.ts'

const gateway = 'gw'
const boot = '5b0c1f0e-2f4a-4c58-9a39-0d9a3a2f6c11'
const streams = ['aaaaaaaa-0000-4000-8000-000000000000', 'bbbbbbbb-0000-4000-8000-000000000000'] as const

interface Batch {
  readonly stream: string
  readonly seq: number
  readonly entries: readonly Entry[]
}

/** A receiver out of the pure rules alone: a request is one transaction. */
class Receiver {
  readonly sets = new Map<string, IntervalSet>()
  readonly log: { readonly name: string; readonly entry: Entry }[] = []

  take(body: Uint8Array): string | undefined {
    const request = decodeRequest(body)
    if (!request.ok) return undefined
    const named = new Set(request.envelope.streams.map(({ stream }) => stream))
    for (const batch of request.batches) {
      named.add(batch.stream)
      const admitted = admitBatch(batch, stream => this.sets.get(stream) ?? emptySet)
      if (!admitted) continue
      for (const [stream, set] of admitted.sets) this.sets.set(stream, set)
      for (const { idx, entry } of admitted.entries) {
        this.log.push({ name: `${batch.stream}/${batch.seq}/${idx}`, entry })
      }
    }
    return encodeReceipt({ streams: [...named].map(stream => ({ stream, acked: this.sets.get(stream) ?? [] })) })
  }
}

function post(batches: readonly Batch[]): Uint8Array {
  const members = batches.map(({ stream, seq, entries }) =>
    encodeMember({ gateway, stream, seq, boot }, entries.map(stringifyJson)),
  )
  const envelope = encodeEnvelope({
    gateway,
    batches: batches.length,
    streams: streams.map(stream => ({ stream, low: 1 })),
  })
  return new TextEncoder().encode(envelope + members.join(''))
}

function dataBatch(stream: string, seq: number): Batch {
  const entry = (x: number): Entry => ({ k: 'sample', device: 'd', t: seq, values: { x, seq } })
  return { stream, seq, entries: [entry(1), entry(2)] }
}

/** What is sent in one step, how much of the request arrives, and whether its answer does. */
const step = fc.record({
  picks: fc.array(fc.nat(1000), { maxLength: 6 }),
  arrives: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 4 }),
  answered: fc.boolean(),
  again: fc.boolean(),
  evicts: fc.integer({ min: 0, max: 9 }),
})
const walk = fc.record({ sizes: fc.tuple(fc.nat(8), fc.nat(8)), steps: fc.array(step, { maxLength: 25 }) })

test('whatever is cut, lost, repeated, reordered or evicted: each batch is stored once or named by one gap', () => {
  fc.assert(
    fc.property(walk, ({ sizes, steps }) => {
      const receiver = new Receiver()
      const waiting = new Map<string, Batch>()
      const written = new Map<string, Batch>()
      const last = new Map<string, number>()
      const put = (batch: Batch) => {
        waiting.set(`${batch.stream}/${batch.seq}`, batch)
        written.set(`${batch.stream}/${batch.seq}`, batch)
        last.set(batch.stream, batch.seq)
      }
      for (const [index, stream] of streams.entries()) {
        for (let seq = 1; seq <= (sizes[index] ?? 0); seq++) put(dataBatch(stream, seq))
      }
      const acknowledge = (answer: string | undefined) => {
        const receipt = answer === undefined ? undefined : parseReceipt(answer)
        if (!receipt?.ok) return
        for (const [name, { stream, seq }] of waiting) {
          const set = receipt.receipt.streams.find(item => item.stream === stream)?.acked ?? []
          if (hasSeq(set, seq)) waiting.delete(name)
        }
      }
      for (const { picks, arrives, answered, again, evicts } of steps) {
        const queue = [...waiting.values()]
        const victim = evicts < 3 ? queue[evicts] : undefined
        const batches = [...new Set(picks.map(pick => queue[pick % Math.max(1, queue.length)]))].filter(
          b => b !== undefined,
        )
        const body = post(batches)
        // The request is under way while its batch is evicted: the gap may overtake it or come behind.
        if (victim) {
          waiting.delete(`${victim.stream}/${victim.seq}`)
          const names = namesOf(victim.entries, victim)
          put({
            stream: streams[1],
            seq: (last.get(streams[1]) ?? 0) + 1,
            entries: [{ k: 'gap', t: 0, reason: 'evicted', names }],
          })
        }
        const answer = receiver.take(arrives === undefined ? body : body.subarray(0, Math.floor(body.length * arrives)))
        if (again) receiver.take(body)
        if (answered) acknowledge(answer)
      }
      for (let rounds = 0; waiting.size > 0 && rounds < 3; rounds++)
        acknowledge(receiver.take(post([...waiting.values()])))
      expect(waiting.size).toBe(0)
      expectExactlyOnce(receiver, written, last)
    }),
    { numRuns: 200 },
  )
})

function expectExactlyOnce(receiver: Receiver, written: ReadonlyMap<string, Batch>, last: ReadonlyMap<string, number>) {
  for (const [stream, seq] of last) {
    const set = receiver.sets.get(stream) ?? emptySet
    expect(covers(set, 1, seq)).toBe(true)
    expect(countSeqs(set)).toBe(seq)
  }
  const held = new Map<string, number>()
  const named = new Map<string, number>()
  for (const { name, entry } of receiver.log) {
    count(held, name)
    if (!isGap(entry) && !isSummary(entry)) continue
    for (const { stream, seqs } of entry.names) for (const seq of numbers(seqs)) count(named, `${stream}/${seq}`)
  }
  for (const times of [...held.values(), ...named.values()]) expect(times).toBe(1)
  for (const [name, batch] of written) {
    if (batch.entries.some(isGap)) continue
    const whole = batch.entries.every((_, idx) => held.has(`${name}/${idx}`))
    expect(whole).toBe(!named.has(name))
  }
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1)
}

function numbers(seqs: readonly Interval[]): number[] {
  return seqs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
}

const pool = [1, 2, 3, 4].flatMap(seq => streams.map(stream => dataBatch(stream, seq)))

function stored(requests: readonly Batch[][]) {
  const receiver = new Receiver()
  for (const batches of [...requests, pool]) receiver.take(post(batches))
  return { sets: receiver.sets, log: new Map(receiver.log.map(({ name, entry }) => [name, entry])) }
}

test('requests in any order, any number of times, end in the same sets and entries', () => {
  const groups = fc.array(fc.subarray(pool), { maxLength: 8 })
  fc.assert(
    fc.property(groups, fc.infiniteStream(fc.nat(7)), (requests, order) => {
      const mixed = [...order.take(12)].flatMap(pick => requests.slice(pick, pick + 1))
      const [one, two] = [stored(requests), stored(mixed)]
      expect(two.sets).toEqual(one.sets)
      expect(two.log).toEqual(one.log)
      expect(one.log.size).toBe(16)
    }),
    { numRuns: 100 },
  )
})
