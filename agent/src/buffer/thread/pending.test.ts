import { expect, test } from 'vitest'
import { addCounts } from '../batch/counts.ts'
import { linesOf } from '../batch/line-block.ts'
import { Pending } from './pending.ts'
import { PointIds } from '../batch/point-ids.ts'
import { maxBatchText } from '../batch/new-batch.ts'

const sample = (value: number) => ({
  k: 'sample' as const,
  device: 'd',
  t: 1,
  values: { p: value },
  quality: { q: 'bad:refused' as const },
})
const line = 'x'.repeat(999)
const alarm = (t: number, text = '') => JSON.stringify({ k: 'alarm', t, text })

test('entries become batches no larger than a member may be', () => {
  const pending = new Pending(new PointIds([]), 1e9)
  for (let i = 0; i < 600; i++) pending.add('data', line, sample(i), undefined)
  const batches = pending.take(false, 1e9)
  expect(batches.map(batch => batch.entries)).toEqual([256, 256, 88])
  expect(batches.every(batch => batch.text.length <= maxBatchText)).toBe(true)
  expect(batches.map(batch => batch.readings)).toEqual([512, 512, 176])
  expect(pending.readings).toBe(1200)
  pending.done(batches)
  expect(pending.readings).toBe(0)
})

test('when memory is full the oldest data goes first, alarms stay, and readings are counted by point', () => {
  const points = new PointIds([])
  const pending = new Pending(points, 600_000)
  const errors: (Error | undefined)[] = []
  for (let i = 0; i < 10; i++) pending.add('alarms', line, undefined, undefined)
  for (let i = 0; i < 700; i++) pending.add('data', line, sample(i), error => errors.push(error))
  expect(errors.map(error => error && 'code' in error && error.code)).toEqual(
    Array.from({ length: 256 }, () => 'dropped'),
  )
  expect(pending.bytes).toBe(1000 * (10 + 700 - 256))
  expect(pending.readings).toBe(2 * (700 - 256))
  const [lost, ...others] = pending.takeDropped()
  expect(others).toEqual([])
  expect(lost).toMatchObject({ kind: 'data', entries: 256, readings: 512 })
  const counts = new Map<number, number>()
  addCounts(counts, lost?.counts ?? new Uint8Array())
  expect(points.fresh.map(([id, device, point]) => [device, point, counts.get(id)])).toEqual([
    ['d', 'p', 256],
    ['d', 'q', 256],
  ])
  expect(pending.take(true, 1e9).map(batch => [batch.kind, batch.entries])).toEqual([['alarms', 10]])
})

test('what was counted before the ids of the database were known is counted by them', () => {
  const points = new PointIds()
  const pending = new Pending(points, 1e9)
  pending.add('data', 'one', sample(1), undefined)
  pending.adopt([
    [1, 'other', 'x'],
    [2, 'd', 'q'],
  ])
  pending.add('data', 'two', sample(1), undefined)
  const counts = pending.take(false, 1e9).map(batch => {
    const found = new Map<number, number>()
    addCounts(found, batch.counts)
    return Object.fromEntries(found)
  })
  expect(points.fresh).toEqual([[3, 'd', 'p']])
  expect(counts).toEqual([
    { 2: 1, 3: 1 },
    { 2: 1, 3: 1 },
  ])
})

test('alarms that wait are put right in their order, and nothing else is', () => {
  const pending = new Pending(new PointIds(), 1e9)
  for (const t of [1, 2, 3]) pending.add('alarms', alarm(t), undefined, undefined)
  pending.add('data', 'any', undefined, undefined)
  const seen: number[] = []
  pending.correct(entry => {
    seen.push(entry.t)
    return entry.t === 1 ? undefined : entry.t === 2 ? { ...entry, text: 'better' } : entry
  })
  expect([pending.entries, pending.bytes]).toEqual([3, [alarm(2, 'better'), alarm(3), 'any'].join('\n').length + 1])
  const batches = pending.take(false, 1e9)
  expect(batches.map(batch => linesOf(batch.text))).toEqual([[alarm(2, 'better'), alarm(3)], ['any']])
  expect(seen).toEqual([1, 2, 3])
  pending.done(batches)
  pending.add('alarms', alarm(4), undefined, undefined)
  pending.correct(() => undefined)
  expect([pending.entries, pending.bytes, pending.take(false, 1e9)]).toEqual([0, 0, []])
})

test('after a failed commit its batches come first again, with what had been let go', () => {
  const pending = new Pending(new PointIds([]), 1e9)
  pending.add('data', 'one', undefined, undefined)
  const failed = pending.take(false, 1e9)
  pending.takeDropped()
  pending.add('data', 'two', undefined, undefined)
  pending.putBack(failed)
  const again = pending.take(false, 1e9)
  expect(again.map(batch => linesOf(batch.text))).toEqual([['one'], ['two']])
  expect(pending.entries).toBe(2)
  pending.done(again)
  expect([pending.entries, pending.bytes]).toEqual([0, 0])
})

test('an entry larger than a batch is refused and counted, the ones before it are not', () => {
  const pending = new Pending(new PointIds([]), 1e9)
  const errors: (Error | undefined)[] = []
  pending.add('data', 'small', undefined, undefined)
  pending.add('data', 'x'.repeat(maxBatchText + 1), sample(1), error => errors.push(error))
  expect(errors).toMatchObject([{ code: 'entry_too_large' }])
  expect(pending.take(false, 1e9).map(batch => linesOf(batch.text))).toEqual([['small']])
  expect(pending.takeDropped()).toMatchObject([{ entries: 1, readings: 2 }])
})
