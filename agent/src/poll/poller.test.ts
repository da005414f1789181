import { FakeClock, seededRandom } from '@lineside/contract/testing'
import type { Sample, StateEntry } from '@lineside/contract'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { PolledDevice, PollOutcome } from './outcome.ts'
import { Poller } from './poller.ts'
import type { Turn } from './schedule.ts'
import type { RefusedRead } from './status.ts'

const timeoutMs = 1000

/** How many requests are under way on a line. */
interface Wire {
  underWay: number
  most: number
}

/** A device on the wire: answers after `answerMs`, or not at all. */
class Unit implements PolledDevice {
  readonly name: string
  readonly points = [{ name: 'a', everyMs: 1000, urgent: false }]
  readonly #clock: FakeClock
  readonly #wire: Wire
  answerMs = 20
  alive = true
  fault: Error | undefined
  asked = 0
  refusedReads: readonly RefusedRead[] = []
  restsMs: number | undefined
  /** Points that a person asked for. */
  readonly byHand: string[] = []

  constructor(name: string, clock: FakeClock, wire: Wire) {
    this.name = name
    this.#clock = clock
    this.#wire = wire
  }

  read(turn?: Turn): Promise<PollOutcome> {
    if (turn?.key === undefined) this.byHand.push(...(turn?.points ?? []))
    this.#wire.underWay++
    this.#wire.most = Math.max(this.#wire.most, this.#wire.underWay)
    return this.#read().finally(() => this.#wire.underWay--)
  }

  #read(): Promise<PollOutcome> {
    this.asked++
    if (this.fault) return Promise.reject(this.fault)
    const { alive } = this
    const outcome: PollOutcome = alive
      ? { values: { a: this.asked }, answered: true }
      : { values: {}, quality: { a: 'bad:communication' }, answered: false, text: 'no answer' }
    return new Promise(resolve => void this.#clock.after(alive ? this.answerMs : timeoutMs, () => resolve(outcome)))
  }

  refused(): readonly RefusedRead[] {
    return this.refusedReads
  }

  restsUntilMs(): number | undefined {
    return this.restsMs
  }

  async probe(): Promise<{ answered: boolean }> {
    return { answered: (await this.read()).answered }
  }
}

function setUp(names: readonly string[], lanes = 1) {
  const clock = new FakeClock()
  const samples: Sample[] = []
  const states: Omit<StateEntry, 'k' | 't'>[] = []
  const intake = {
    sample: (s: Sample) => void samples.push(s),
    past: (s: Sample) => void samples.push(s),
    kept: (s: Sample) => void samples.push(s),
    hurry: () => {},
    state: (s: (typeof states)[number]) => void states.push(s),
  }
  const wire: Wire = { underWay: 0, most: 0 }
  const units = names.map(name => new Unit(name, clock, wire))
  const context = { clock, random: seededRandom(3), sharing: 100, log: pino({ enabled: false }), intake }
  const poller = new Poller(context, units, lanes)
  poller.start()
  const unit = (name: string) => units.find(u => u.name === name) ?? units[0] ?? new Unit('none', clock, wire)
  const polls = (name: string) => poller.devices().find(d => d.name === name)?.counters.polls ?? 0
  const stop = async () => {
    const stopped = poller.stop()
    await clock.advance(2 * timeoutMs)
    await stopped
  }
  return { clock, samples, states, poller, unit, polls, wire, stop }
}

test('each device is polled once an interval, its sample delivered at once', async () => {
  const { clock, samples, poller, states, stop } = setUp(['u1', 'u2'])
  await clock.advance(10_000)
  for (const status of poller.devices())
    expect(status).toMatchObject({ state: 'online', counters: { polls: 10, missed: 0 } })
  expect(samples.filter(s => s.device === 'u1')).toHaveLength(10)
  expect(states.map(s => s.state)).toEqual(['online', 'online'])
  await stop()
  expect(clock.timers).toBe(0)
})

test('a silent device costs the nine others on its line at most a twentieth of their polls', async () => {
  const names = Array.from({ length: 10 }, (_, i) => `u${i}`)
  const { clock, unit, polls, stop } = setUp(names)
  for (const name of names) unit(name).answerMs = 95
  unit('u0').alive = false
  await clock.advance(10_000)
  const before = names.map(polls)
  await clock.advance(120_000)
  names.forEach((name, i) => {
    if (name !== 'u0') expect(polls(name) - (before[i] ?? 0)).toBeGreaterThanOrEqual(120 * 0.95 - 1)
  })
  await stop()
})

test('a lost device is told once, with all its points bad, and comes back with the first good probe', async () => {
  const { clock, samples, states, unit, stop } = setUp(['u1', 'u2'])
  await clock.advance(3000)
  unit('u1').alive = false
  await clock.advance(60_000)
  unit('u1').alive = true
  await clock.advance(70_000)
  expect(states.filter(s => s.name === 'u1').map(s => s.state)).toEqual(['online', 'offline', 'online'])
  expect(states.filter(s => s.name === 'u1').at(-1)?.reason).toMatch(/^back after \d+ s, \d+ polls missed$/)
  expect(samples.filter(s => s.device === 'u1' && s.quality)).toHaveLength(2)
  expect(states.filter(s => s.name === 'u2')).toHaveLength(1)
  await stop()
})

test('what an offline device misses is counted while it is away, and once', async () => {
  const { clock, unit, poller, stop } = setUp(['u1', 'u2'])
  const missed = () => poller.devices()[0]?.counters.missed ?? 0
  await clock.advance(3000)
  unit('u1').alive = false
  await clock.advance(30_000)
  const away = missed()
  expect(away).toBeGreaterThan(20)
  await clock.advance(10_000)
  expect(missed() - away).toBe(10)
  unit('u1').alive = true
  await clock.advance(120_000)
  const back = missed()
  expect(poller.devices()[0]?.state).toBe('online')
  await clock.advance(10_000)
  expect(missed()).toBe(back)
  await stop()
})

test('when the line is back its devices are asked at once', async () => {
  const { clock, unit, poller, stop } = setUp(['u1'])
  unit('u1').alive = false
  await clock.advance(120_000)
  unit('u1').alive = true
  poller.lineRestored()
  await clock.advance(2 * timeoutMs)
  expect(poller.devices()[0]?.state).toBe('online')
  await stop()
})

test('a poll that takes longer than its interval is an overrun, and polls do not pile up', async () => {
  const { clock, unit, poller, stop } = setUp(['u1'])
  unit('u1').answerMs = 1500
  await clock.advance(19_990)
  expect(poller.devices()[0]?.counters).toMatchObject({ polls: 10, overruns: 9 })
  await stop()
})

test('an error in one device ends neither its polls nor those of the others', async () => {
  const { clock, samples, unit, poller, stop } = setUp(['u1', 'u2'])
  unit('u1').fault = new Error('broken decoder')
  await clock.advance(5000)
  unit('u1').fault = undefined
  await clock.advance(70_000)
  expect(samples.filter(s => s.device === 'u2').length).toBeGreaterThanOrEqual(74)
  expect(poller.devices()[0]).toMatchObject({ state: 'online', lastError: 'broken decoder' })
  await stop()
})

test('several lanes poll several devices at a time, never one of them twice', async () => {
  const { clock, unit, polls, stop } = setUp(['u1', 'u2', 'u3', 'u4'], 4)
  for (const name of ['u1', 'u2', 'u3', 'u4']) unit(name).answerMs = 900
  await clock.advance(9990)
  for (const name of ['u1', 'u2', 'u3', 'u4']) expect(polls(name)).toBe(10)
  await stop()
})

test('stopping says nothing of devices whose answers nobody waits for any more', async () => {
  const { clock, samples, unit, stop } = setUp(['u1'])
  unit('u1').alive = false
  await clock.advance(1)
  await stop()
  expect(samples).toEqual([])
})

test("a person's read goes before everything that is due, alone on its line, and leaves the grid where it was", async () => {
  const names = Array.from({ length: 10 }, (_, i) => `u${i}`)
  const { clock, unit, poller, polls, samples, wire, stop } = setUp(names)
  for (const name of names) unit(name).answerMs = 150
  await clock.advance(20_050)
  const before = names.map(polls)
  const stored = samples.length
  const asked = poller.ask('u9', ['a'])
  await clock.advance(300)
  expect(await asked).toMatchObject({ kind: 'read', outcome: { values: { a: unit('u9').asked } } })
  expect(unit('u9').byHand).toEqual(['a'])
  expect(samples.length - stored).toBeLessThanOrEqual(1)
  await clock.advance(29_700)
  names.forEach((name, i) => expect(polls(name) - (before[i] ?? 0)).toBeGreaterThanOrEqual(19))
  expect(wire.most).toBe(1)
  await stop()
})

test('a read is answered in time while its own device is polled, and refused when the agent stops', async () => {
  const { clock, unit, poller, wire, stop } = setUp(['u1'])
  unit('u1').answerMs = 900
  await clock.advance(1500)
  const first = poller.ask('u1', ['a'])
  await clock.advance(1900)
  expect(await first).toMatchObject({ kind: 'read' })
  expect(wire.most).toBe(1)
  expect(poller.ask('nobody', ['a'])).toBeUndefined()
  const waiting = Array.from({ length: 20 }, async () => (await poller.ask('u1', ['a']))?.kind)
  await stop()
  const kinds = await Promise.all(waiting)
  expect(kinds.filter(kind => kind === 'refused').length).toBeGreaterThanOrEqual(19)
  await expect(poller.ask('u1', ['a'])).resolves.toMatchObject({ kind: 'refused' })
})

test('a read that an offline device answers brings it back', async () => {
  const { clock, unit, poller, stop } = setUp(['u1', 'u2'])
  unit('u1').alive = false
  await clock.advance(60_000)
  unit('u1').alive = true
  const asked = poller.ask('u1', ['a'])
  await clock.advance(100)
  expect(await asked).toMatchObject({ kind: 'read', outcome: { answered: true } })
  expect(poller.devices()[0]?.state).toBe('online')
  await stop()
})

test('a device that refuses something is told to be degraded once, again after it was away, and when it is over', async () => {
  const { clock, states, unit, poller, stop } = setUp(['u1'])
  const read = { points: ['b'], what: 'holding register 40', since: clock.now() }
  unit('u1').refusedReads = [read]
  await clock.advance(10_000)
  expect(states.map(s => s.state)).toEqual(['online', 'degraded'])
  expect(states[1]?.reason).toBe('holding register 40 (b) is refused')
  expect(poller.devices()[0]?.refused).toEqual([read])
  unit('u1').refusedReads = []
  await clock.advance(1000)
  const again = clock.now()
  expect(again - (poller.devices()[0]?.since ?? 0)).toBeLessThanOrEqual(1000)
  unit('u1').refusedReads = [read]
  await clock.advance(5000)
  expect(poller.devices()[0]?.since).toBeGreaterThan(again)
  states.length = 2
  unit('u1').alive = false
  await clock.advance(10_000)
  unit('u1').alive = true
  await clock.advance(70_000)
  unit('u1').refusedReads = []
  await clock.advance(10_000)
  expect(states.slice(2).map(s => s.state)).toEqual(['offline', 'online', 'degraded', 'online'])
  await stop()
})

test('an offline device says when it is asked again', async () => {
  const { clock, unit, poller, stop } = setUp(['u1', 'u2'])
  unit('u1').alive = false
  await clock.advance(10_000)
  const [status] = poller.devices()
  expect(status?.nextTryMs).toBeGreaterThan(0)
  const { probes } = status?.counters ?? { probes: -1 }
  await clock.advance((status?.nextTryMs ?? 0) - 1)
  expect(poller.devices()[0]?.counters.probes).toBe(probes)
  await clock.advance(2 * timeoutMs)
  expect(poller.devices()[0]?.counters.probes).toBe(probes + 1)
  await stop()
})

test('a device that leaves a read unanswered says when it is asked again', async () => {
  const { clock, unit, poller, stop } = setUp(['u1'])
  await clock.advance(1000)
  unit('u1').restsMs = clock.monotonic() + 5000
  expect(poller.devices()[0]).toMatchObject({ state: 'online', nextTryMs: 5000 })
  await clock.advance(6000)
  expect(poller.devices()[0]?.nextTryMs).toBe(0)
  await stop()
})
