import { FakeClock } from '@lineside/contract/testing'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Refusals } from './refusals.ts'

function setUp() {
  const clock = new FakeClock()
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null, timestamp: false }, { write: line => void lines.push(JSON.parse(line)) })
  return { clock, lines, refusals: new Refusals('sensors', { clock, log }) }
}

test('a refusal is told with whose it was, again after ten minutes, and counted each time', async () => {
  const { clock, lines, refusals } = setUp()
  expect(refusals.status).toBeUndefined()
  const of = { what: 'a login with a wrong password', user: 'plug', address: '10.0.0.7' }
  // A client that names itself anew at each try is the same one.
  for (let i = 0; i < 600; i++) {
    refusals.tell({ ...of, client: `mqttjs_${i}` })
    await clock.advance(1000)
  }
  const first = { level: 40, link: 'sensors', reason: of.what, user: 'plug', client: 'mqttjs_0', address: '10.0.0.7' }
  expect(lines).toEqual([{ ...first, msg: 'broker refused a client' }])
  refusals.tell({ ...of, client: 'last' })
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatchObject({ client: 'last', untold: 599 })
  expect(refusals.status).toEqual({
    count: 601,
    text: 'a login with a wrong password, user plug, client last, address 10.0.0.7',
    t: clock.now(),
  })
})

test('whoever tries out names fills no disk and no memory, and one line says how much is not told', async () => {
  const { clock, lines, refusals } = setUp()
  for (let i = 0; i < 5000; i++) refusals.tell({ what: 'a login of a user that is not configured', user: `root${i}` })
  expect(lines).toHaveLength(10)
  await clock.advance(60_000)
  for (let i = 5000; i < 9000; i++)
    refusals.tell({ what: 'a login of a user that is not configured', user: `root${i}` })
  expect(lines).toHaveLength(20)
  expect(lines[10]).toMatchObject({ user: 'root5000', untold: 4990 })
  expect(refusals.status?.count).toBe(9000)
})

test('a name is what a client sent: neither endless nor a second line', () => {
  const { lines, refusals } = setUp()
  refusals.tell({ what: 'x', user: `a\n\u001B[2J${'b'.repeat(100_000)}` })
  expect(lines[0]?.['user']).toMatch(/^a\?\?\[2Jb{74}…$/)
  expect(refusals.status?.text.length).toBeLessThan(100)
})
