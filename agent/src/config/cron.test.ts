import { expect, test } from 'vitest'
import { createCronReader } from './cron.ts'

const berlin = createCronReader('Europe/Berlin')

/** The next `count` times behind `from`, as the clock of Berlin would not show them: in UTC. */
function times(cron: string, from: string, count: number): readonly string[] {
  const read = berlin(cron)
  if (!read.ok) throw new Error(read.text)
  const found: string[] = []
  let at = Date.parse(from)
  for (let i = 0; i < count; i++) {
    at = read.calendar.after(at) ?? Number.NaN
    found.push(new Date(at).toISOString().slice(0, 16))
  }
  return found
}

test('times are those of the clock in the plant', () => {
  expect(times('0 6 * * 1-5', '2026-01-02T12:00:00Z', 3)).toEqual([
    '2026-01-05T05:00',
    '2026-01-06T05:00',
    '2026-01-07T05:00',
  ])
  expect(times('0 6 * * 1-5', '2026-07-03T12:00:00Z', 1)).toEqual(['2026-07-06T04:00'])
})

test('a time that the clock skips in spring comes when it jumps, and on the next day as always', () => {
  expect(times('30 2 * * *', '2026-03-28T00:00:00Z', 3)).toEqual([
    '2026-03-28T01:30',
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ])
})

test('a time that the clock shows twice in autumn comes once; what comes every few minutes has no pause', () => {
  expect(times('30 2 * * *', '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
  const quarters = times('*/15 * * * *', '2026-10-24T23:00:00Z', 16)
  const gaps = quarters.slice(1).map((time, i) => Date.parse(`${time}Z`) - Date.parse(`${quarters[i]}Z`))
  expect(new Set(gaps)).toEqual(new Set([900_000]))
})

test('how often it comes at most is known', () => {
  expect(berlin('*/15 * * * *')).toMatchObject({ everyMs: 900_000 })
  expect(berlin('0,5 6 * * *')).toMatchObject({ everyMs: 300_000 })
})

test('the same text is read once', () => {
  expect(berlin('*/15 * * * *')).toBe(berlin('*/15 * * * *'))
})

test.each(['* * * *', '0 */15 * * * *', '@daily', '', '61 * * * *', 'a b c d e', '*/0 * * * *', '0 0 31 2 *'])(
  'refused, with what to write instead: %s',
  cron => {
    expect(berlin(cron)).toMatchObject({ ok: false, text: expect.any(String), fix: expect.any(String) })
  },
)
