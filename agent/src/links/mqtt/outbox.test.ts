import { expect, test } from 'vitest'
import type { Published } from '../link.ts'
import { Outbox, outgoing } from './outbox.ts'

function setUp() {
  const outbox = new Outbox()
  const told: Record<string, Published> = {}
  const message = (topic: string, text: string) =>
    outgoing(topic, text, { retain: true, qos: 1 }, published => (told[text] = published))
  const texts = () => outbox.take().map(m => Buffer.from(m.payload).toString())
  return { outbox, told, message, texts }
}

test('of each topic the newest message waits, and the older ones count as done', () => {
  const { outbox, told, message, texts } = setUp()
  outbox.keep(message('a', 'raised'))
  outbox.keep(message('b', 'other'))
  outbox.keep(message('a', 'cleared'))
  expect(told).toEqual({ raised: { ok: true } })
  expect(texts()).toEqual(['other', 'cleared'])
  expect(outbox.size).toBe(0)
})

test('what was not acknowledged in time never replaces what is newer', () => {
  const { outbox, told, message, texts } = setUp()
  outbox.keep(message('a', 'cleared'))
  outbox.putBack(message('a', 'raised'))
  outbox.putBack(message('b', 'other'))
  expect(told).toEqual({ raised: { ok: true } })
  expect(texts()).toEqual(['cleared', 'other'])
})

test('beyond a thousand topics the oldest is given up, and told so', () => {
  const { outbox, told, message } = setUp()
  for (let i = 0; i <= 1000; i++) outbox.keep(message(`t${i}`, `m${i}`))
  expect(outbox.size).toBe(1000)
  expect(told).toEqual({ m0: { ok: false, text: '1000 newer messages wait for the broker' } })
})
