import { FakeClock } from '@lineside/contract/testing'
import { compileSerial } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { SerialLine } from './line.ts'
import { testSerialProfile } from './testing.ts'

function lineOn(clock: FakeClock) {
  const written: string[] = []
  const silences: string[] = []
  const profile = testSerialProfile(true, 100)
  const compiled = compileSerial(profile, { params: {} })
  const line = new SerialLine({
    framing: profile.framing,
    clock,
    ready: () => Promise.resolve(),
    write: bytes => written.push(String(Buffer.from(bytes))) > 0,
    whyNot: () => 'no line',
    heard: () => {},
    silent: text => void silences.push(text),
  })
  const ask = (index: number) => {
    const request = compiled.requests[index]
    if (!request) throw new Error('the test profile has two requests')
    return line.ask(request, compiled)
  }
  return { line, ask, written, silences, say: (text: string) => line.bytes(Buffer.from(text)) }
}

test('an answer that comes after its time-out is dropped, not taken for the next one’s', async () => {
  const clock = new FakeClock()
  const { ask, say, written, line } = lineOn(clock)
  const first = ask(0)
  await clock.advance(100)
  expect(await first).toMatchObject({ ok: false, kind: 'timeout' })
  const second = ask(0)
  await clock.advance(50)
  say('W 1\r\n')
  expect(written).toHaveLength(1)
  await clock.advance(50)
  expect(written).toHaveLength(2)
  say('W 2\r\n')
  expect(await second).toMatchObject({ ok: true, decoded: { values: { weight: 2 } } })
  expect(line.counters.strays).toBe(1)
})

test.each(['after its time-out', 'to a question that the break cut off'])(
  'an answer %s is dropped on a new connection as well',
  async kind => {
    const clock = new FakeClock()
    const { ask, say, written, line } = lineOn(clock)
    const first = ask(0)
    await clock.advance(kind === 'after its time-out' ? 100 : 1)
    line.lost('connection reset')
    expect(await first).toMatchObject({ ok: false })
    line.opened()
    const second = ask(0)
    await clock.advance(50)
    say('W 1\r\n')
    expect(written).toHaveLength(1)
    await clock.advance(50)
    expect(written).toHaveLength(2)
    say('W 2\r\n')
    expect(await second).toMatchObject({ ok: true, decoded: { values: { weight: 2 } } })
  },
)

test('an answer to another question is not this one’s', async () => {
  const clock = new FakeClock()
  const { ask, say } = lineOn(clock)
  const answer = ask(0)
  await clock.advance(1)
  say('T 20\r\nW 3\r\n')
  expect(await answer).toMatchObject({ ok: true, decoded: { values: { weight: 3 } } })
})

test('a message that began before the question is not its answer, though it ends behind it', async () => {
  const clock = new FakeClock()
  const { ask, say, line } = lineOn(clock)
  say('W 1')
  const answer = ask(0)
  await clock.advance(1)
  say('2\r\nW 3\r\n')
  expect(await answer).toMatchObject({ ok: true, decoded: { values: { weight: 3 } } })
  expect(line.counters.strays).toBe(1)
})

test('a prompt that waits for the question belongs to the answer', async () => {
  const clock = new FakeClock()
  const { ask, say } = lineOn(clock)
  say('W')
  await clock.advance(100)
  const answer = ask(0)
  await clock.advance(1)
  say(' 3\r\n')
  expect(await answer).toMatchObject({ ok: true, decoded: { values: { weight: 3 } } })
})

test('noise before the question takes only itself along', async () => {
  const clock = new FakeClock()
  const { ask, say } = lineOn(clock)
  say('\xff\x00\r\n')
  const answer = ask(0)
  await clock.advance(1)
  say('W 3\r\n')
  expect(await answer).toMatchObject({ ok: true, decoded: { values: { weight: 3 } } })
})

test('questions in a row without a byte end the connection', async () => {
  const clock = new FakeClock()
  const { ask, silences } = lineOn(clock)
  for (let i = 0; i < 2; i++) {
    const answer = ask(0)
    await clock.advance(200)
    expect(await answer).toMatchObject({ kind: 'timeout' })
  }
  expect(silences).toEqual(['2 requests in a row without an answer'])
})

test('damaged bytes before the answer cost nothing', async () => {
  const clock = new FakeClock()
  const { ask, say } = lineOn(clock)
  const answer = ask(0)
  await clock.advance(1)
  say('#\x00W\r\nW 4\r\n')
  expect(await answer).toMatchObject({ ok: true, decoded: { values: { weight: 4 } } })
})
