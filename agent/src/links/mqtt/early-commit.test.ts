import { FakeClock } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import { EarlyCommit } from './early-commit.ts'

function setUp() {
  const clock = new FakeClock()
  let asked = 0
  const early = new EarlyCommit(clock, () => void asked++)
  const burst = (from: number, to: number) => {
    for (let waiting = from; waiting <= to; waiting++) early.arrived(waiting)
  }
  return { clock, early, burst, asked: () => asked }
}

test('a broker that holds back gets a commit 20 ms after its last message', async () => {
  const { clock, burst, asked } = setUp()
  burst(1, 20)
  await clock.advance(19)
  expect(asked()).toBe(0)
  await clock.advance(1)
  expect(asked()).toBe(1)
  await clock.advance(1000)
  expect(asked()).toBe(1)
})

test('a few messages wait for the usual commit', async () => {
  const { clock, burst, asked } = setUp()
  burst(1, 9)
  await clock.advance(1000)
  expect(asked()).toBe(0)
})

test('while messages come nothing is asked for', async () => {
  const { clock, early, asked } = setUp()
  for (let waiting = 1; waiting < 100; waiting++) {
    early.arrived(waiting)
    await clock.advance(10)
  }
  expect(asked()).toBe(0)
})

test('where the broker stopped before, it is not waited for again until it sends more', async () => {
  const { clock, early, burst, asked } = setUp()
  burst(1, 20)
  await clock.advance(20)
  early.acknowledged(0)
  burst(1, 20)
  expect(asked()).toBe(2)
  burst(21, 30)
  expect(asked()).toBe(2)
  await clock.advance(20)
  expect(asked()).toBe(3)
})

test('what was committed in time needs no early commit', async () => {
  const { clock, early, burst, asked } = setUp()
  burst(1, 20)
  early.acknowledged(0)
  await clock.advance(100)
  expect(asked()).toBe(0)
})
