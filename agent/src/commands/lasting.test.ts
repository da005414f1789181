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
  await clock.advance(200)
  shown.say(`unit 3 ${'x'.repeat(100)}`)
  shown[Symbol.dispose]()
  expect(said()).toBe(`\r\u001b[Kunit 1\r\u001b[Kunit 3 ${'x'.repeat(72)}\r\u001b[K`)
})

test('a log has a line now and then', async () => {
  const { clock, shown, said } = progress(false)
  await clock.advance(2000)
  for (let n = 0; n < 25; n++) {
    shown.say(`unit ${n}`)
    await clock.advance(1000)
  }
  shown[Symbol.dispose]()
  expect(said()).toBe('unit 0\nunit 10\nunit 20\n')
})
