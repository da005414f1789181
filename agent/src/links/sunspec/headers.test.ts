import { headerPoints } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { vouchedFor } from './headers.ts'

const chain = {
  base: 0,
  models: [
    { id: 1, address: 2, length: 66, blocks: 0 },
    { id: 103, address: 70, length: 50, blocks: 0 },
  ],
}
const [one, two] = headerPoints(chain).map((header, index) => ({ header, points: [`p${index}`] }))
if (!one || !two) throw new Error('no headers')
const [nameOne, nameTwo] = [one.header.point.name, two.header.point.name]
const right = { [nameOne]: one.header.wanted, [nameTwo]: two.header.wanted }

test('headers as they were found are left out of what a poll brought', () => {
  const outcome = { values: { p0: 1, p1: 2, ...right }, answered: true }
  expect(vouchedFor(outcome, [one, two])).toEqual({ values: { p0: 1, p1: 2 }, quality: undefined, answered: true })
})

test.each([
  ['another model', 104 * 65_536 + 50],
  ['another length', 103 * 65_536 + 51],
  ['no model', 0],
])('%s where one was found: nothing of the poll is taken', (_, shown) => {
  expect(vouchedFor({ values: { p0: 1, ...right, [nameTwo]: shown }, answered: true }, [one, two])).toBe('moved')
})

test.each(['bad:refused', 'bad:communication', 'bad:malformed', undefined] as const)(
  'a header that could not be read (%s) takes the values of its model along, and of no other',
  bad => {
    const outcome = {
      values: { p0: 1, p1: 2, [nameOne]: one.header.wanted },
      ...(bad && { quality: { [nameTwo]: bad } }),
      answered: true,
    }
    expect(vouchedFor(outcome, [one, two])).toEqual({
      values: { p0: 1 },
      quality: { p1: bad ?? 'bad:communication' },
      answered: true,
    })
  },
)

test('points that are bad already keep their reason', () => {
  const outcome = { values: {}, quality: { p1: 'bad:out_of_range', [nameTwo]: 'bad:refused' } as const, answered: true }
  expect(vouchedFor(outcome, [two])).toMatchObject({ quality: { p1: 'bad:out_of_range' } })
})
