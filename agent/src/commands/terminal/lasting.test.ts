import { FakeClock } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import { createProgress } from './lasting.ts'

function progress(isTerminal: boolean) {
  const clock = new FakeClock()
  let err = ''
  const io = { out: () => {}, err: (text: string) => void (err += text), env: {}, cwd: '/' }
  return { clock, shown: createProgress(io, isTerminal, clock), said: () => err }
}

test('what ends within two seconds says nothing', async () => {
  const { clock, shown, said } = progress(true)
  shown.say('unit 1')
  await clock.advance(1999)
  shown.say('unit 2')
  shown[Symbol.dispose]()
  expect(said()).toBe('')
})

test('a terminal has one line that is rewritten, and none in the end', async () => {
  const { clock, shown, said } = progress(true)
  await clock.advance(2000)
  shown.say('unit 1')
  shown.say('unit 2')
  shown.say(`unit 3 ${'x'.repeat(100)}`)
  await clock.advance(200)
  shown[Symbol.dispose]()
  expect(said()).toBe(`\r\u001b[Kunit 1\r\u001b[Kunit 3 ${'x'.repeat(72)}\r\u001b[K`)
})

test('what is said once is shown when it has lasted, and not after the end', async () => {
  const { clock, shown, said } = progress(false)
  shown.say('waiting for the meter')
  await clock.advance(1999)
  expect(said()).toBe('')
  await clock.advance(1)
  expect(said()).toBe('waiting for the meter\n')
  shown.say('waiting for the scale')
  shown[Symbol.dispose]()
  await clock.advance(20_000)
  expect(said()).toBe('waiting for the meter\n')
})

test('a log has a line now and then', async () => {
  const { clock, shown, said } = progress(false)
  await clock.advance(2000)
  for (let n = 0; n < 25; n++) {
    shown.say(`unit ${n}`)
    await clock.advance(1000)
  }
  shown[Symbol.dispose]()
  expect(said()).toBe('unit 0\nunit 9\nunit 19\n')
})
