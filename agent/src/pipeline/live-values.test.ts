import { expect, test } from 'vitest'
import { createLiveValues } from './live-values.ts'

test('keeps the newest reading of every point over partial updates', () => {
  const live = createLiveValues(['plug'])
  live.update({ k: 'sample', device: 'plug', t: 1, values: { power: 5, voltage: 230 } })
  live.update({ k: 'sample', device: 'plug', t: 2, values: { power: 7 } })
  expect(live.of('plug').get('power')).toEqual({ t: 2, value: 7, quality: undefined })
  expect(live.of('plug').get('voltage')).toEqual({ t: 1, value: 230, quality: undefined })
})

test('a bad reading takes the value away, an uncertain one keeps it', () => {
  const live = createLiveValues(['scale'])
  live.update({ k: 'sample', device: 'scale', t: 1, values: { weight: 5 }, quality: { weight: 'uncertain:unstable' } })
  expect(live.of('scale').get('weight')).toEqual({ t: 1, value: 5, quality: 'uncertain:unstable', turnedAt: undefined })
  live.update({ k: 'sample', device: 'scale', t: 2, values: {}, quality: { weight: 'bad:sensor_failure' } })
  expect(live.of('scale').get('weight')).toEqual({ t: 2, value: undefined, quality: 'bad:sensor_failure', turnedAt: 2 })
  live.update({ k: 'sample', device: 'scale', t: 3, values: { weight: 6 } })
  expect(live.of('scale').get('weight')).toEqual({ t: 3, value: 6, quality: undefined, turnedAt: 3 })
})

test('a device that is not configured leaves no trace', () => {
  const live = createLiveValues(['scale'])
  live.update({ k: 'sample', device: 'stranger', t: 1, values: { weight: 5 } })
  expect(live.of('stranger').size).toBe(0)
})
