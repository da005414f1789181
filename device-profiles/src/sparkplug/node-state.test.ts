import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePayload, encodePayload, type NewMetric, type SparkplugPayload } from './payload.ts'
import { SparkplugNodeState } from './node-state.ts'

function payload(metrics: readonly NewMetric[], seq?: number): SparkplugPayload {
  const decoded = decodePayload(encodePayload({ timestamp: 1, metrics, ...(seq === undefined ? {} : { seq }) }))
  if (!decoded.ok) throw new Error(decoded.text)
  return decoded.payload
}
const int = (more: Partial<NewMetric>): NewMetric => ({ type: 'Int32', value: 1, ...more })
const session = (value: number) => int({ name: 'bdSeq', type: 'Int64', value })
const birth = (seq = 0, bdSeq = 7) => payload([session(bdSeq), int({ name: 'a', alias: 1n })], seq)
const deviceBirth = (seq: number) => payload([int({ name: 'x', alias: 2n }), int({ name: 'y', alias: 3n })], seq)
const data = (seq: number, ...aliases: bigint[]) =>
  payload(
    aliases.map(alias => int({ alias })),
    seq,
  )
const names = (outcome: ReturnType<SparkplugNodeState['receive']>) => outcome.metrics.map(({ name }) => name)

function born() {
  const node = new SparkplugNodeState()
  node.receive('NBIRTH', undefined, birth())
  node.receive('DBIRTH', 'd', deviceBirth(1))
  return node
}

test('data by alias has the names of the births', () => {
  const node = born()
  expect(names(node.receive('DDATA', 'd', data(2, 3n, 2n)))).toEqual(['y', 'x'])
  expect(names(node.receive('NDATA', undefined, data(3, 1n)))).toEqual(['a'])
  expect(node.receive('DDATA', 'd', data(4, 2n)).metrics[0]?.datatype).toBe(3)
})

test('the sequence wraps at 255', () => {
  const node = new SparkplugNodeState()
  node.receive('NBIRTH', undefined, birth(254))
  expect(node.receive('NDATA', undefined, data(255, 1n)).rebirth).toBe(undefined)
  expect(node.receive('NDATA', undefined, data(0, 1n)).rebirth).toBe(undefined)
})

test('after a hole in the sequence births are asked for, and aliases mean nothing until then', () => {
  const node = born()
  const late = node.receive('DDATA', 'd', data(3, 2n))
  expect(late).toMatchObject({ metrics: [], rebirth: 'aliases without their births' })
  expect(names(node.receive('DDATA', 'd', payload([int({ name: 'x' })], 4)))).toEqual(['x'])
  expect(node.receive('DDATA', 'd', data(5, 2n)).metrics).toEqual([])
  node.receive('NBIRTH', undefined, birth(0))
  node.receive('DBIRTH', 'd', deviceBirth(1))
  expect(names(node.receive('DDATA', 'd', data(2, 2n)))).toEqual(['x'])
})

test('after a lost connection aliases are not believed either', () => {
  const node = born()
  node.lost()
  expect(node.receive('DDATA', 'd', data(2, 2n))).toMatchObject({ metrics: [], rebirth: expect.any(String) })
})

test('data before a birth, and an alias that no birth gave, ask for births', () => {
  const node = new SparkplugNodeState()
  expect(node.receive('DDATA', 'd', data(9, 2n)).rebirth).toBe('data before a birth')
  expect(node.receive('DBIRTH', 'd', deviceBirth(9)).rebirth).toBe('the birth of the node was not heard')
  expect(born().receive('DDATA', 'd', data(2, 99n)).rebirth).toBe('alias 99 was in no birth')
})

test('a death counts if it is of this session; then all births are forgotten', () => {
  const node = born()
  expect(node.receive('NDEATH', undefined, payload([session(6)]))).toMatchObject({
    metrics: [],
    ignored: 'death 6 of another session than 7',
  })
  expect(names(node.receive('DDATA', 'd', data(2, 2n)))).toEqual(['x'])
  expect(node.receive('NDEATH', undefined, payload([session(7)])).state).toBe('dead')
  expect(node.receive('DDATA', 'd', data(3, 2n)).rebirth).toBe('data before a birth')
})

test('a device that died is forgotten alone', () => {
  const node = born()
  expect(node.receive('DDEATH', 'd', payload([], 2)).state).toBe('dead')
  expect(node.receive('DDATA', 'd', data(3, 2n)).rebirth).toBe('data before a birth')
  expect(names(node.receive('NDATA', undefined, data(4, 1n)))).toEqual(['a'])
})

test('whatever is missed while the connection is down, no alias is ever taken for another metric', () => {
  // Each session gives the aliases another meaning, and every metric carries its true name as its value.
  const sessions = fc.array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(sessions, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (all, kept) => {
      const node = new SparkplugNodeState()
      let sent = 0
      const send = (...message: Parameters<SparkplugNodeState['receive']>) => {
        if (kept[sent++ % kept.length] !== true) {
          node.lost()
          return
        }
        for (const { name, metric } of node.receive(...message).metrics) {
          if (name.startsWith('m')) expect(new TextDecoder().decode(metric.field?.value as Uint8Array)).toBe(name)
        }
      }
      for (const [i, [shift, count]] of all.entries()) {
        const meaning = (alias: number) => `m${(alias + shift) % 7}`
        const metric = (alias: number, more: object): NewMetric => ({
          alias: BigInt(alias),
          type: 'String',
          value: meaning(alias),
          ...more,
        })
        const own = Array.from({ length: 7 }, (_, alias) => metric(alias, { name: meaning(alias) }))
        send('NBIRTH', undefined, payload([session(i), ...own], 0))
        for (let n = 1; n <= count; n++) send('NDATA', undefined, payload([metric(n, {})], n))
      }
    }),
    { numRuns: 500 },
  )
})
