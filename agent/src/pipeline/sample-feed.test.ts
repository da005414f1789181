import type { Sample } from '@lineside/contract'
import { expect, test } from 'vitest'
import { createSampleFeed, type FeedItem, type FeedListener } from './sample-feed.ts'

const sample = (device: string, t: number): Sample => ({ k: 'sample', device, t, values: { a: t } })
const everything: ReadonlySet<string> = new Set()

function drain(listener: FeedListener | undefined): FeedItem[] {
  const items: FeedItem[] = []
  for (let item = listener?.take(); item; item = listener?.take()) items.push(item)
  return items
}

test('a listener gets what is published from then on, in order, of the devices that it named', () => {
  const feed = createSampleFeed()
  feed.publish(sample('press', 1))
  const all = feed.listen(everything, () => {})
  const press = feed.listen(new Set(['press']), () => {})
  feed.publish(sample('meter', 2))
  feed.publish(sample('press', 3))
  expect(drain(all)).toEqual([sample('meter', 2), sample('press', 3)])
  expect(drain(press)).toEqual([sample('press', 3)])
})

test('it is woken once, and again when it has found nothing more', () => {
  const feed = createSampleFeed()
  let woken = 0
  const listener = feed.listen(everything, () => woken++)
  for (const t of [1, 2, 3]) feed.publish(sample('press', t))
  expect(woken).toBe(1)
  expect(drain(listener)).toHaveLength(3)
  feed.publish(sample('press', 4))
  expect(woken).toBe(2)
})

test('one that is too slow loses samples, is told how many where they are missing, and costs the others nothing', () => {
  const feed = createSampleFeed()
  const slow = feed.listen(everything, () => {})
  const quick = feed.listen(everything, () => {})
  for (let t = 0; t < 1500; t++) {
    feed.publish(sample('press', t))
    expect(drain(quick)).toEqual([sample('press', t)])
  }
  const got = [slow?.take(), slow?.take()]
  feed.publish(sample('press', 1500))
  const rest = drain(slow)
  expect([...got, ...rest].slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, t) => sample('press', t)))
  expect(rest.slice(998)).toEqual([{ k: 'dropped', count: 500 }, sample('press', 1500)])
  expect(feed.counters()).toEqual({ listeners: 2, dropped: 500 })
})

test('who is gone is not kept, and only so many may listen', () => {
  const feed = createSampleFeed()
  const listeners = Array.from({ length: 16 }, () => feed.listen(everything, () => {}))
  expect(feed.listen(everything, () => {})).toBeUndefined()
  listeners[3]?.[Symbol.dispose]()
  expect(feed.counters().listeners).toBe(15)
  expect(feed.listen(everything, () => {})).toBeDefined()
})
