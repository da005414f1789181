import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hasSeq, isGap } from '@lineside/contract'
import type { Entry, IntervalSet } from '@lineside/contract'
import { gapOf, sampleOf, uuid } from '../testing.ts'
import type { Committed, IncomingStream, Topic } from '../log.ts'
import type { StoreBatch, StoreOutcome } from './messages.ts'
import { maxIntervals, maxOpenStreams } from './append.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'
import { unpackRow } from './stored-row.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = (name = 'log.db') => openStore(join(folder, name))
const letters: Record<string, string> = { gap: 'g', summary: 'm', sample: 's', device: 's' }

function batch(stream: number, seq: number, ...entries: readonly Entry[]): StoreBatch {
  const lines = entries.map(entry => JSON.stringify(entry))
  const kinds = entries.map(({ k }) => letters[k] ?? 'e').join('')
  return { stream: uuid(stream), seq, text: Buffer.from(lines.join('\n')), kinds, readings: entries.length }
}

const reading = (value: number) => sampleOf('press', 1, { value })

function commit(
  store: Store,
  batches: readonly StoreBatch[],
  streams: readonly IncomingStream[] = [],
  gateway = 'gw',
): Committed {
  const [outcome] = store.commit({ requests: [{ gateway, streams, batches }], now: 1000 })
  return committedOf(outcome)
}

function committedOf(outcome: StoreOutcome | undefined): Committed {
  if (!outcome?.ok) throw new Error(outcome?.message ?? 'no outcome')
  return outcome.committed
}

function recordsOf(store: Store, topic: Topic, from = store.span({ topic }).begin) {
  const { end } = store.span({ topic })
  return store.read({ topic, from, to: end, limit: 1e6 }).flatMap(row => {
    const entries = unpackRow(row)
    expect(entries).toHaveLength(row.count)
    return entries.map(({ seq, idx, line }, i) => {
      const entry: Entry = JSON.parse(line)
      return { offset: row.first + i, stream: row.stream, seq, idx, entry }
    })
  })
}

const setOf = (committed: Committed, stream: number): IntervalSet | undefined =>
  committed.streams.find(found => found.stream === uuid(stream))?.acked

test('entries go to the topic of their kind with offsets without holes, and keep their place in the batch', () => {
  const store = open()
  const state: Entry = { k: 'state', t: 1, scope: 'agent', name: 'agent', state: 'started' }
  const committed = commit(store, [batch(1, 1, reading(1), state, reading(2)), batch(1, 3, state)])
  expect(committed).toMatchObject({ batches: 2, entries: 4, readings: 4 })
  expect(setOf(committed, 1)).toEqual([
    [1, 1],
    [3, 3],
  ])
  expect(recordsOf(store, 'samples').map(({ offset, seq, idx }) => [offset, seq, idx])).toEqual([
    [0, 1, 0],
    [1, 1, 2],
  ])
  expect(recordsOf(store, 'events').map(({ offset, seq, idx }) => [offset, seq, idx])).toEqual([
    [0, 1, 1],
    [1, 3, 0],
  ])
  store.close()
})

test('a batch that is in the set changes nothing, neither in its own request nor in a later one', () => {
  const store = open()
  const one = batch(1, 1, reading(1))
  expect(commit(store, [one, one])).toMatchObject({ batches: 1, entries: 1 })
  expect(commit(store, [one])).toMatchObject({ batches: 0, entries: 0, streams: [{ acked: [[1, 1]] }] })
  expect(store.totals({ gateway: 'gw' }).totals).toEqual({ batches: 1, entries: 1, readings: 1, received: 1000 })
  store.close()
})

test('a gap is cut by what has arrived, what is left joins the set, and a late batch is then a duplicate', () => {
  const store = open()
  commit(store, [batch(1, 2, reading(2))])
  const committed = commit(store, [batch(2, 1, gapOf([uuid(1), [1, 3]]))], [{ stream: uuid(1), low: 1 }])
  expect(setOf(committed, 1)).toEqual([[1, 3]])
  expect(recordsOf(store, 'events').map(({ entry }) => entry)).toMatchObject([
    {
      k: 'gap',
      names: [
        {
          stream: uuid(1),
          seqs: [
            [1, 1],
            [3, 3],
          ],
        },
      ],
    },
  ])
  expect(commit(store, [batch(1, 3, reading(3))])).toMatchObject({ batches: 0 })
  expect(recordsOf(store, 'samples')).toHaveLength(1)
  store.close()
})

test('a gap of which nothing is left leaves no entry, and its batch is acknowledged all the same', () => {
  const store = open()
  commit(store, [batch(1, 1, reading(1))])
  const committed = commit(store, [batch(1, 2, gapOf([uuid(1), [1, 1]]))])
  expect(committed).toMatchObject({ batches: 1, entries: 0 })
  expect(setOf(committed, 1)).toEqual([[1, 2]])
  expect(recordsOf(store, 'events')).toEqual([])
  store.close()
})

test('a summary that overlaps what has arrived becomes a gap for the rest, in the other topic', () => {
  const store = open()
  commit(store, [batch(1, 1, reading(1))])
  const summary: Entry = {
    k: 'summary',
    t: 1,
    until: 2,
    device: 'press',
    points: { value: { min: 1, max: 2, mean: 1.5, count: 2 } },
    names: [{ stream: uuid(1), seqs: [[1, 2]] }],
  }
  commit(store, [batch(1, 3, summary)])
  expect(recordsOf(store, 'samples').map(({ entry }) => entry.k)).toEqual(['sample'])
  expect(recordsOf(store, 'events').map(({ entry }) => entry)).toMatchObject([
    { k: 'gap', reason: 'thinned', names: [{ stream: uuid(1), seqs: [[2, 2]] }] },
  ])
  store.close()
})

test('a set does not grow beyond its bound: the batch that would do it is rejected alone', () => {
  const store = open()
  const holes = Array.from({ length: maxIntervals }, (_, i) => [2 * i + 3, 2 * i + 3] as const)
  commit(store, [batch(1, 1, reading(1))])
  const committed = commit(store, [batch(2, 1, gapOf([uuid(1), ...holes])), batch(2, 2, reading(2))])
  expect(committed).toMatchObject({ batches: 1, rejected: [{ stream: uuid(2), seq: 1, code: 'too_large' }] })
  expect(setOf(committed, 2)).toEqual([[2, 2]])
  expect(recordsOf(store, 'events')).toEqual([])
  expect(commit(store, [batch(2, 3, gapOf([uuid(1), ...holes.slice(1)]))])).toMatchObject({ batches: 1, rejected: [] })
  store.close()
})

test('a gateway has a bound of open streams: a batch beyond it is rejected alone until others are complete', () => {
  const store = open()
  const others = Array.from({ length: maxOpenStreams - 1 }, (_, i) => [uuid(100 + i), [1, 1]] as const)
  expect(commit(store, [batch(1, 1, gapOf(...others))])).toMatchObject({ batches: 1, rejected: [] })
  const beyond = commit(store, [batch(2, 1, reading(1)), batch(1, 2, reading(2))], [{ stream: uuid(3), low: 1 }])
  expect(beyond).toMatchObject({
    batches: 1,
    rejected: [{ stream: uuid(2), seq: 1, code: 'too_large', message: expect.stringContaining('10001 open streams') }],
  })
  expect([setOf(beyond, 2), setOf(beyond, 3)]).toEqual([[], []])
  const [outcome] = store.commit({
    requests: [{ gateway: 'other', streams: [], batches: [batch(2, 1, reading(1))] }],
    now: 1,
  })
  expect(committedOf(outcome)).toMatchObject({ batches: 1, rejected: [] })
  commit(store, [], [{ stream: uuid(100), low: 2, sealed: 1 }])
  expect(commit(store, [batch(2, 1, reading(1))])).toMatchObject({ batches: 1, rejected: [] })
  expect(commit(store, [batch(4, 1, reading(1))])).toMatchObject({ batches: 0, rejected: [{ seq: 1 }] })
  store.close()
})

test('low and sealed never add to a set', () => {
  const store = open()
  const committed = commit(store, [], [{ stream: uuid(1), low: 10, sealed: 12 }])
  expect(setOf(committed, 1)).toEqual([])
  expect(commit(store, [batch(1, 13, reading(1))])).toMatchObject({ batches: 1 })
  store.close()
})

test('streams of two gateways with the same name stay apart', () => {
  const store = open()
  const request = { streams: [], batches: [batch(1, 1, reading(1))] }
  const requests = [
    { gateway: 'a', ...request },
    { gateway: 'b', ...request },
  ]
  expect(store.commit({ requests, now: 1 }).map(outcome => committedOf(outcome).batches)).toEqual([1, 1])
  store.close()
})

test('a request that fails takes nothing with it and leaves no trace', () => {
  const store = open()
  const bad = { ...batch(1, 2, reading(1)), text: Buffer.from('{"k":"gap"}'), kinds: 'g' }
  const outcomes = store.commit({
    requests: [
      { gateway: 'gw', streams: [], batches: [batch(1, 1, reading(1))] },
      { gateway: 'gw', streams: [], batches: [batch(1, 5, reading(5)), bad] },
    ],
    now: 1,
  })
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, false])
  expect(setOf(commit(store, [], [{ stream: uuid(1), low: 1 }]), 1)).toEqual([[1, 1]])
  expect(recordsOf(store, 'samples')).toHaveLength(1)
  store.close()
})

test('the incarnation and everything else is there again after a restart', () => {
  const first = open()
  commit(first, [batch(1, 1, reading(1))])
  const { incarnation } = first
  first.close()
  const second = open()
  expect(second.incarnation).toBe(incarnation)
  expect(commit(second, [batch(1, 1, reading(1))])).toMatchObject({ batches: 0 })
  expect(recordsOf(second, 'samples')).toHaveLength(1)
  second.close()
  const other = open('other.db')
  expect(other.incarnation).not.toBe(incarnation)
  other.close()
})

test('a second process on the same log is refused with a hint', () => {
  const store = open()
  expect(() => open()).toThrow(/another process uses it/)
  store.close()
})

test('batches of one stream that come together share a row, in which each keeps its seq and its places', () => {
  const store = open()
  const mixed = batch(1, 2, reading(3), gapOf([uuid(2), [1, 2]]), reading(4))
  commit(store, [batch(1, 1, reading(1), reading(2)), mixed, batch(1, 3, reading(5)), batch(2, 3, reading(6))])
  expect(store.read({ topic: 'samples', from: 0, to: 9, limit: 9 }).map(({ count }) => count)).toEqual([5, 1])
  const places = recordsOf(store, 'samples').map(({ seq, idx, entry }) => [seq, idx, entry])
  expect(places).toEqual([
    [1, 0, reading(1)],
    [1, 1, reading(2)],
    [2, 0, reading(3)],
    [2, 2, reading(4)],
    [3, 0, reading(5)],
    [3, 0, reading(6)],
  ])
  store.close()
})

test.each([1, 2])(
  'a file of version %i is taken over with its rows, and learns which stream follows which',
  version => {
    writeFileSync(join(folder, 'log.db'), gunzipSync(readFileSync(join(import.meta.dirname, 'v2.testdata.db.gz'))))
    const file = new Database(join(folder, 'log.db'))
    // Its tables are the same.
    file.pragma(`user_version = ${version}`)
    file.close()
    const store = open()
    const follows = { low: 1, follows: uuid(2) }
    const streams = [
      { stream: uuid(1), low: 1 },
      { stream: uuid(3), ...follows },
    ]
    const committed = commit(store, [batch(1, 4, reading(4)), batch(3, 1, reading(5))], streams)
    expect(committed).toMatchObject({ batches: 1, rejected: [] })
    expect(setOf(committed, 1)).toEqual([[1, 4]])
    expect(recordsOf(store, 'samples').map(({ stream, seq, idx }) => [stream, seq, idx])).toEqual([
      [uuid(1), 1, 0],
      [uuid(1), 1, 1],
      [uuid(1), 2, 0],
      [uuid(1), 4, 0],
      [uuid(3), 1, 0],
    ])
    store.close()
    const again = open()
    expect(besideOf(commit(again, [], [{ stream: uuid(4), ...follows }]), 4)).toBe(uuid(3))
    again.close()
  },
)

const besideOf = (committed: Committed, stream: number) =>
  committed.streams.find(found => found.stream === uuid(stream))?.beside

const named = (stream: number, follows?: number): IncomingStream => ({
  stream: uuid(stream),
  low: 1,
  ...(follows === undefined ? {} : { follows: uuid(follows) }),
})

test('of two streams that follow the same one each is told of the other, as often as its request asks', () => {
  const store = open()
  const send = (stream: number, follows: number, gateway = 'gw') =>
    besideOf(commit(store, [batch(stream, 1, reading(stream))], [named(stream, follows)], gateway), stream)
  expect(send(2, 1)).toBeUndefined()
  expect(send(2, 1)).toBeUndefined()
  expect(send(3, 2)).toBeUndefined()
  expect(send(4, 1, 'other')).toBeUndefined()
  expect(send(5, 1)).toBe(uuid(2))
  const [outcome] = store.commit({
    requests: [{ gateway: 'gw', streams: [named(2, 1), named(3, 2)], batches: [] }],
    now: 1,
  })
  expect(committedOf(outcome).streams.map(({ beside }) => beside)).toEqual([uuid(5), undefined])
  expect(besideOf(commit(store, [], [named(2)]), 2)).toBeUndefined()
  // Of a third the others hear as well.
  expect(send(6, 1)).toBe(uuid(5))
  expect(send(2, 1)).toBe(uuid(6))
  store.close()
})

test('what is said of a stream first stays, and of one that nothing came of nothing is kept', () => {
  const store = open()
  const say = (stream: number, follows: number) =>
    besideOf(commit(store, [], [{ stream: uuid(stream), low: 1, follows: uuid(follows) }]), stream)
  say(2, 1)
  expect(say(3, 1)).toBeUndefined()
  commit(store, [batch(2, 1, reading(1)), batch(3, 1, reading(1))])
  say(2, 1)
  say(2, 9)
  expect(say(3, 1)).toBe(uuid(2))
  store.close()
})

test('a read begins within a stored row and ends at its bound', () => {
  const store = open()
  commit(store, [batch(1, 1, reading(1), reading(2))])
  commit(store, [batch(1, 2, reading(3), reading(4))])
  commit(store, [batch(1, 3, reading(5))])
  const seqs = (from: number, to: number, limit = 100) =>
    store.read({ topic: 'samples', from, to, limit }).map(({ seq }) => seq)
  expect(seqs(1, 5)).toEqual([1, 2, 3])
  expect(seqs(2, 4)).toEqual([2])
  expect(seqs(0, 5, 1)).toEqual([1])
  expect(seqs(5, 9)).toEqual([])
  store.close()
})

const seqArb = fc.integer({ min: 1, max: 8 })
const streamArb = fc.integer({ min: 1, max: 3 })

test('any order, grouping and repetition of requests stores every batch exactly once', () => {
  const groups = fc.array(fc.array(fc.tuple(streamArb, seqArb), { maxLength: 6 }), { maxLength: 8 })
  const store = open()
  let run = 0
  fc.assert(
    fc.property(groups, sent => {
      const gateway = `gw${run++}`
      const { end: first } = store.span({ topic: 'samples' })
      for (const group of sent) {
        const requests = group.map(([stream, seq]) => ({
          gateway,
          streams: [],
          batches: [batch(stream, seq, reading(stream * 100 + seq), reading(0))],
        }))
        store.commit({ requests, now: 1 })
      }
      const expected = [...new Set(sent.flat().map(([stream, seq]) => `${uuid(stream)}/${seq}`))]
      const stored = recordsOf(store, 'samples', first)
      expect(stored.map(({ offset }) => offset)).toEqual(stored.map((_, i) => first + i))
      expect(
        stored
          .filter(({ idx }) => idx === 0)
          .map(({ stream, seq }) => `${stream}/${seq}`)
          .toSorted(),
      ).toEqual(expected.toSorted())
    }),
    { numRuns: 40 },
  )
  store.close()
})

test('whatever order batches and gaps come in, each seq is stored once or named by exactly one gap', () => {
  const action = fc.oneof(
    fc.record({ stream: streamArb, seq: seqArb }),
    fc.record({ stream: streamArb, from: seqArb, length: fc.integer({ min: 0, max: 3 }) }),
  )
  const store = open()
  let run = 0
  fc.assert(
    fc.property(fc.array(action, { maxLength: 20 }), actions => {
      const gateway = `gw${run++}`
      const [samples, events] = [store.span({ topic: 'samples' }).end, store.span({ topic: 'events' }).end]
      let gaps = 0
      const wanted = new Set<string>()
      for (const one of actions) {
        if ('seq' in one) {
          wanted.add(`${one.stream}/${one.seq}`)
          commit(store, [batch(one.stream, one.seq, reading(1))], [], gateway)
          continue
        }
        for (let seq = one.from; seq <= one.from + one.length; seq++) wanted.add(`${one.stream}/${seq}`)
        commit(store, [batch(9, ++gaps, gapOf([uuid(one.stream), [one.from, one.from + one.length]]))], [], gateway)
      }
      const covered = recordsOf(store, 'samples', samples).map(
        ({ stream, seq }) => `${Number(stream.slice(-2))}/${seq}`,
      )
      for (const { entry } of recordsOf(store, 'events', events)) {
        for (const { stream, seqs } of isGap(entry) ? entry.names : []) {
          for (let seq = 1; seq < 20; seq++) if (hasSeq(seqs, seq)) covered.push(`${Number(stream.slice(-2))}/${seq}`)
        }
      }
      expect(covered.toSorted()).toEqual([...wanted].toSorted())
    }),
    { numRuns: 40 },
  )
  store.close()
})
