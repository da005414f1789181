import { FakeClock, seededRandom } from '@lineside/contract/testing'
import type { ReadPdu } from '@lineside/device-profiles'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDeviceMemory } from '../../device-memory.ts'
import { createSchedule, wholeTurn } from '../../poll/schedule.ts'
import { createModbusDevice } from './device.ts'
import type { ModbusResult } from './result.ts'
import { testDevice } from '../testing.ts'
import { testModbusProfile } from './testing.ts'

type Wire = (read: ReadPdu) => ModbusResult

const refusal = (exception: number): ModbusResult => ({ ok: false, kind: 'exception', exception, text: 'refused' })

/** A unit whose registers hold their own addresses. */
const well: Wire = ({ address, count }) => {
  const data = new Uint8Array(count * 2)
  for (let i = 0; i < count; i++) data.set([(address + i) >> 8, (address + i) & 0xff], i * 2)
  return { ok: true, data }
}
const without =
  (bad: readonly number[]): Wire =>
  read =>
    bad.some(at => read.address <= at && at < read.address + read.count) ? refusal(2) : well(read)

/** Sixty points, fifty of them in one request and ten in another. */
const registers = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`p${i}`, i < 50 ? i : 250 + i]))
const addresses = Object.values(registers)

/** One device over restarts of the agent, polled once a second. */
function setUp() {
  const clock = new FakeClock()
  const profile = testModbusProfile(registers, 20)
  let saved: string | undefined
  let wire: Wire = well
  let asked = 0
  const start = () => {
    const memory = createDeviceMemory(['d'], text => (saved = text))
    memory.restore(saved)
    return createModbusDevice({
      config: testDevice('d', profile),
      profile,
      transport: {
        request(_unit, read) {
          asked++
          return Promise.resolve(wire(read))
        },
      },
      gapMs: 0,
      inFlight: 1,
      clock,
      random: seededRandom(5),
      memory,
    })
  }
  let device = start()
  const turn = wholeTurn(createSchedule(device.points, 0))
  return {
    clock,
    becomes: (next: Wire) => (wire = next),
    restart: () => (device = start()),
    returned: () => device.returned?.(),
    refused: () => device.refused?.() ?? [],
    async poll() {
      asked = 0
      const outcome = await device.read(turn)
      await clock.advance(1000)
      return { ...outcome, good: Object.keys(outcome.values).length, asked }
    },
    async polls(times: number) {
      for (let i = 0; i < times; i++) await device.read(turn).then(() => clock.advance(1000))
    },
  }
}

test.each([
  { what: 'refused every address for some minutes', spell: () => refusal(2), seconds: 330 },
  { what: 'refused every length for an hour', spell: () => refusal(3), seconds: 3600 },
  { what: 'knew no function for a few seconds', spell: () => refusal(1), seconds: 5 },
  { what: 'was busy', spell: () => refusal(6), seconds: 60 },
  { what: 'answered three registers alone', spell: without(addresses.slice(3)), seconds: 330 },
])('a device that $what is read whole from its second poll on once it is well', async ({ spell, seconds }) => {
  const { becomes, polls, poll, refused } = setUp()
  await polls(3)
  becomes(spell)
  await polls(seconds)
  becomes(well)
  await poll()
  expect((await poll()).good).toBe(60)
  expect(refused()).toEqual([])
})

test('with a bad register in every request, in a spell from the start on, it is asked in parts before long', async () => {
  const { becomes, polls, poll } = setUp()
  becomes(() => refusal(2))
  await polls(60)
  becomes(without([7, 305]))
  await polls(300)
  expect((await poll()).good).toBe(58)
})

test('the poll that finds it well says so, for points that are due much later', async () => {
  const { becomes, polls, poll } = setUp()
  becomes(() => refusal(2))
  await polls(5)
  becomes(well)
  expect(await poll()).toMatchObject({ wantsAll: true })
  expect((await poll()).wantsAll).toBeUndefined()
})

test('what was refused while nothing was answered is not remembered over a restart; a bad register is', async () => {
  const { becomes, polls, poll, restart } = setUp()
  becomes(without([7]))
  await polls(3)
  becomes(() => refusal(2))
  await polls(100)
  restart()
  becomes(without([7]))
  const first = await poll()
  expect(first.good).toBe(59)
  expect(first.asked).toBe(3)
})

test('back from being away it is asked for everything that it refused, and in parts', async () => {
  const { becomes, polls, poll, returned } = setUp()
  becomes(without([7, 8]))
  await polls(100)
  becomes(without([8]))
  expect((await poll()).good).toBe(58)
  returned()
  await poll()
  expect((await poll()).good).toBe(59)
})

test('a register that is answered now and then does not make the others be asked for', async () => {
  const { becomes, polls, poll } = setUp()
  becomes(without([7, 20, 30]))
  await polls(3)
  let asked = 0
  for (let i = 0; i < 50; i++) {
    becomes(without(i % 2 === 0 ? [7, 20, 30] : [20, 30]))
    asked += (await poll()).asked
  }
  // Five or six requests for what can be read, one for the register in question, and what it takes to find it again.
  expect(asked / 50).toBeLessThan(20)
})

test('whatever is bad and however often the device refuses all, one bad register stays one bad point', async () => {
  const spell = fc.record({ seconds: fc.integer({ min: 1, max: 400 }), exception: fc.constantFrom(1, 2, 3, 4, 6) })
  const scenario = fc.record({
    // In one of the requests: a device that never answers any as a whole takes longer, as above.
    bad: fc.uniqueArray(fc.constantFrom(...addresses.slice(0, 50)), { maxLength: 3 }),
    spells: fc.array(fc.record({ before: fc.nat(5), spell, restarts: fc.boolean() }), { maxLength: 4 }),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ bad, spells }) => {
      const { becomes, polls, poll, restart, refused } = setUp()
      becomes(without(bad))
      for (const { before, spell: now, restarts } of spells) {
        await polls(before)
        becomes(() => refusal(now.exception))
        await polls(now.seconds)
        if (restarts) restart()
        becomes(without(bad))
      }
      // One of up to eight groups is tried at each poll, and some of them are bad indeed.
      await polls(10)
      for (let i = 0; i < 3; i++) expect((await poll()).good).toBe(60 - bad.length)
      expect(refused().flatMap(({ points }) => points)).toHaveLength(bad.length)
      // From then on only what is bad lies between the reads; each of it may be asked for just now.
      expect((await poll()).asked).toBeLessThanOrEqual(2 + 2 * bad.length)
    }),
    { numRuns: 100 },
  )
})
