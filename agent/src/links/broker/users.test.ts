import { topicMatches } from '@lineside/device-profiles'
import { Secret } from '@lineside/settings'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { authenticate, filterCovers, mayPublish, maySubscribe } from './users.ts'

const user = (publish: string[], subscribe: string[], password = 'secret') => ({
  password: new Secret(password),
  publish,
  subscribe,
})
const users = new Map([
  ['plug', user(['shellies/#'], [])],
  ['empty', user(['#'], ['#'], '')],
])

test.each([
  ['plug', 'secret', true],
  ['plug', 'Secret', false],
  ['plug', 'secret ', false],
  ['plug', undefined, false],
  ['nobody', 'secret', false],
  [undefined, undefined, false],
  ['empty', '', false],
])('user %s with password %s: %s', (name, password, expected) => {
  expect(authenticate(users, name, password === undefined ? undefined : Buffer.from(password)) !== undefined).toBe(
    expected,
  )
})

test.each([
  ['a/b', 'a/b', true],
  ['a/+', 'a/b', true],
  ['a/+', 'a/+', true],
  ['a/#', 'a/+/c', true],
  ['a/#', 'a/#', true],
  ['a/#', 'a', true],
  ['#', 'a/#', true],
  ['a/b', 'a/+', false],
  ['a/+', 'a/#', false],
  ['a/+', 'a', false],
  ['+/b', '+/+', false],
  ['a/#', '#', false],
  ['#', '$SYS/#', false],
])('%s covers %s: %s', (granted, wanted, expected) => {
  expect(filterCovers(granted, wanted)).toBe(expected)
})

test('what a covered filter matches, the granted one matches as well', () => {
  const level = fc.constantFrom('a', 'b', '+')
  const filter = fc
    .tuple(fc.array(level, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([levels, open]) => [...levels, ...(open ? ['#'] : [])].join('/'))
  const topic = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 }).map(levels => levels.join('/'))
  fc.assert(
    fc.property(filter, filter, topic, (granted, wanted, name) => {
      if (filterCovers(granted, wanted) && topicMatches(wanted, name)) expect(topicMatches(granted, name)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('what is not allowed is denied', () => {
  const plug = users.get('plug')
  expect(mayPublish(plug, 'shellies/plug7/status')).toBe(true)
  expect(mayPublish(plug, 'other/plug7')).toBe(false)
  expect(mayPublish(users.get('empty'), '$SYS/x')).toBe(false)
  expect(mayPublish(undefined, 'shellies/x')).toBe(false)
  expect(maySubscribe(plug, 'shellies/plug7')).toBe(false)
})
