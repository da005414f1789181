import { expect, test } from 'vitest'
import { DupFilter } from './dup.ts'

const payload = (text: string) => Buffer.from(text)
const message = (id: number, text: string, dup = false) => ({ id, dup, topic: 't', payload: payload(text) })

function setUp() {
  const filter = new DupFilter()
  const settled: (Error | undefined)[] = []
  let nowMs = 0
  const arrive = (m: ReturnType<typeof message>) =>
    filter.arrive(
      'c',
      m,
      () => nowMs,
      error => void settled.push(error),
    )
  return { filter, settled, arrive, pass: (ms: number) => void (nowMs += ms), now: () => nowMs }
}

test('a message sent again while the first waits is stored once, and both are acknowledged with the commit', () => {
  const { settled, arrive } = setUp()
  const first = arrive(message(1, 'on'))
  expect(arrive(message(1, 'on', true)).kind).toBe('again')
  expect(settled).toEqual([])
  if (first.kind === 'new') first.stored()
  expect(settled).toEqual([undefined, undefined])
})

test('a message sent again after its acknowledgement was lost is acknowledged and not stored', () => {
  const { filter, settled, arrive, pass, now } = setUp()
  const first = arrive(message(1, 'on'))
  if (first.kind === 'new') first.stored()
  filter.disconnected('c', now())
  pass(3_600_000)
  expect(arrive(message(1, 'on', true)).kind).toBe('again')
  expect(settled).toEqual([undefined, undefined])
})

test.each([
  ['another payload', message(1, 'off', true)],
  ['another id', message(2, 'on', true)],
  ['no DUP flag', message(1, 'on')],
])('a message with %s is a new one', (_name, second) => {
  const { arrive } = setUp()
  const first = arrive(message(1, 'on'))
  if (first.kind === 'new') first.stored()
  expect(arrive(second).kind).toBe('new')
})

test('a message whose acknowledgement must have arrived long ago does not stand for a later equal one', () => {
  const { filter, arrive, pass, now } = setUp()
  const first = arrive(message(1, 'on'))
  if (first.kind === 'new') first.stored()
  pass(60_000)
  filter.disconnected('c', now())
  expect(arrive(message(1, 'on', true)).kind).toBe('new')
})

test('a message that could not be stored is new when it comes again', () => {
  const { settled, arrive } = setUp()
  const first = arrive(message(1, 'on'))
  if (first.kind === 'new') first.stored(new Error('disk full'))
  expect(settled).toEqual([expect.objectContaining({ message: 'disk full' })])
  expect(arrive(message(1, 'on', true)).kind).toBe('new')
})

test('a message stored after its connection broke is known however long its sender stays away', () => {
  const { filter, arrive, pass, now } = setUp()
  const first = arrive(message(1, 'on'))
  filter.disconnected('c', now())
  if (first.kind === 'new') first.stored()
  pass(3_600_000)
  expect(arrive(message(1, 'on', true)).kind).toBe('again')
})

test('a long payload is told from another one of its length', () => {
  const { arrive } = setUp()
  const first = arrive(message(1, 'x'.repeat(1000)))
  if (first.kind === 'new') first.stored()
  expect(arrive(message(1, `${'x'.repeat(999)}y`, true)).kind).toBe('new')
  const third = arrive(message(2, 'x'.repeat(1000)))
  if (third.kind === 'new') third.stored()
  expect(arrive(message(2, 'x'.repeat(1000), true)).kind).toBe('again')
})

test('a message that waits over two breaks is still known', () => {
  const { filter, arrive, pass, now } = setUp()
  const first = arrive(message(1, 'on'))
  filter.disconnected('c', now())
  arrive(message(9, 'other'))
  filter.disconnected('c', now())
  pass(3_600_000)
  expect(arrive(message(1, 'on', true)).kind).toBe('again')
  if (first.kind === 'new') first.stored()
})

test('of one client the newest are remembered, and what surely arrived is forgotten', () => {
  const filter = new DupFilter(3)
  let nowMs = 0
  const arrive = (id: number, dup: boolean) => {
    const arrival = filter.arrive(
      'c',
      message(id, 'on', dup),
      () => nowMs,
      () => {},
    )
    if (arrival.kind === 'new') arrival.stored()
    return arrival.kind
  }
  for (const id of [1, 2, 3, 4]) arrive(id, false)
  expect([2, 3, 4].map(id => arrive(id, true))).toEqual(['again', 'again', 'again'])
  expect(arrive(1, true)).toBe('new')
  expect(arrive(2, true)).toBe('new')
  nowMs = 40_000
  expect([1, 2].map(id => arrive(id, true))).toEqual(['new', 'new'])
})
