import { FakeClock } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import { RebirthRequests } from './rebirth-requests.ts'

function setUp() {
  const clock = new FakeClock()
  const sent: number[] = []
  const requests = new RebirthRequests(
    clock,
    () => 0.5,
    () => void sent.push(clock.monotonic()),
  )
  return { clock, sent, requests }
}

test('births are asked for at once, then ever more seldom, however often there is a reason', async () => {
  const { clock, sent, requests } = setUp()
  for (let i = 0; i < 700; i++) {
    requests.ask('data before a birth')
    await clock.advance(1000)
  }
  expect(sent).toEqual([0, 7500, 22_500, 52_500, 112_500, 232_500, 457_500, 682_500])
})

test('a reason that came too early is not forgotten, but for a birth', async () => {
  const { clock, sent, requests } = setUp()
  requests.ask('a')
  requests.ask('b')
  await clock.advance(10_000)
  expect(sent).toEqual([0, 7500])
  requests.ask('c')
  requests.born()
  await clock.advance(100_000)
  expect(sent).toHaveLength(2)
})

test('where many nodes are asked each waits for a part of the time', async () => {
  const { clock, sent, requests } = setUp()
  requests.ask('connected', 2000)
  await clock.advance(2000)
  expect(sent).toEqual([1000])
})
