import { expect, test } from 'vitest'
import { rankFits } from './rank-fits.ts'
import { testPoint, testProfile } from './testing.ts'
import type { Fit } from './trial.ts'

function fit(name: string, more: Partial<Fit> = {}): Fit {
  const profile = {
    ...testProfile([testPoint({ name: 'a' })]),
    profile: name,
    vendor: 'Acme Power',
    model: `${name} M10`,
  }
  return { profile, identified: undefined, asked: 10, good: 10, distinct: 8, bits: 20, samples: [], ...more }
}

const nothing: ReadonlyMap<number, string> = new Map()
const ranking = (fits: readonly Fit[], told = nothing) =>
  rankFits(fits, told).map(({ profile, confidence }) => `${profile.profile} ${confidence}`)

test('the weightier evidence comes first, and what has little or much against it is left out', () => {
  const fits = [
    fit('weak', { bits: 5 }),
    fit('none', { bits: 3 }),
    fit('strong'),
    fit('unfit', { good: 4 }),
    fit('partly', { good: 7, bits: 15 }),
  ]
  expect(ranking(fits)).toEqual(['strong likely', 'partly possible', 'weak possible'])
})

test('profiles that fit equally well are told as possible, each', () => {
  expect(ranking([fit('a', { bits: 20 }), fit('b', { bits: 19 }), fit('c', { bits: 12 })])).toEqual([
    'a possible',
    'b possible',
    'c possible',
  ])
})

test('what a unit shows or says of itself decides', () => {
  const known = fit('known', { identified: true, bits: 1 })
  const other = fit('other', { identified: false, bits: 90 })
  expect(ranking([other, fit('big', { bits: 80 }), known])).toEqual(['known certain', 'big likely'])
  const told = new Map([
    [0, 'ACME-Power GmbH'],
    [1, 'M10-x'],
  ])
  expect(ranking([fit('x', { bits: 2 })], told)).toEqual(['x certain'])
  expect(ranking([fit('x', { bits: 2 })], new Map([[0, 'Acme']]))).toEqual([])
  expect(ranking([fit('x', { bits: 2 })], new Map([[1, 'M10']]))).toEqual([])
  expect(ranking([fit('x', { bits: 2, good: 4 })], told)).toEqual([])
})

test('what rests on one or two numbers is never more than possible', () => {
  const [two, one] = rankFits([fit('a', { distinct: 2, bits: 40 }), fit('b', { distinct: 1, bits: 30 })], nothing)
  expect(two).toMatchObject({ confidence: 'possible', why: expect.stringMatching(/, but this rests on 2 numbers$/) })
  expect(one).toMatchObject({ confidence: 'possible', why: expect.stringMatching(/, but this rests on one number$/) })
})

test('each says why', () => {
  expect(rankFits([fit('a', { good: 9 })], nothing)[0]?.why).toBe('9 of 10 points answer and are plausible')
})

test('where nothing speaks for any profile, those are possible that nothing speaks against', () => {
  const all = { asked: 1, good: 1, distinct: 0 }
  const fits = [
    fit('bits', { ...all, bits: 0 }),
    fit('little', { ...all, bits: 2 }),
    fit('zeros', { ...all, bits: -0.2 }),
    fit('lacking', { asked: 1, good: 0, bits: 0 }),
    fit('unasked', { asked: 0, good: 0, bits: 0 }),
    fit('another', { ...all, identified: false, bits: 2 }),
  ]
  expect(ranking(fits)).toEqual(['little possible', 'bits possible'])
  expect(rankFits(fits, nothing)[0]?.why).toBe('all points (1) answer, but so they would on other devices')
  expect(ranking([...fits, fit('strong')])).toEqual(['strong likely'])
})

test('two that fit completely and make different values of one register are possible, each', () => {
  const reading = (name: string, scale: number, more: Partial<Fit> = {}): Fit => {
    const { points } = testProfile([testPoint({ name: 'velocity', address: 58, scale: [scale] })])
    return { ...fit(name, more), profile: { ...fit(name).profile, points } }
  }
  const old = reading('old', 1, { bits: 60, asked: 13, good: 13 })
  expect(ranking([old, fit('other', { bits: 50 }), reading('new', 0.01, { bits: 7 })])).toEqual([
    'old possible',
    'new possible',
    'other possible',
  ])
  expect(ranking([old, reading('same', 1, { bits: 40 })])).toEqual(['old likely', 'same likely'])
  expect(ranking([old, reading('new', 0.01, { bits: 7, distinct: 2 })])).toEqual(['old likely', 'new possible'])
  expect(ranking([old, reading('new', 0.01, { bits: 40, good: 9 })])).toEqual(['old likely', 'new likely'])
})
