import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { filterProblem, topicMatches, topicProblem } from './topic-matches.ts'

// The examples of MQTT 5.0, section 4.7.1 and 4.7.2, and the corners around them.
test.each([
  ['sport/tennis/player1/#', 'sport/tennis/player1', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
  ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
  ['sport/#', 'sport', true],
  ['#', 'a/b/c', true],
  ['sport/tennis/+', 'sport/tennis/player1', true],
  ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
  ['sport/+', 'sport', false],
  ['sport/+', 'sport/', true],
  ['+', '/finance', false],
  ['/+', '/finance', true],
  ['+/+', '/finance', true],
  ['#', '$SYS/uptime', false],
  ['+/monitor', '$SYS/monitor', false],
  ['$SYS/#', '$SYS/uptime', true],
  ['$SYS/monitor/+', '$SYS/monitor/clients', true],
  ['a/b', 'a/b/', false],
  ['a/b/', 'a/b', false],
  ['a/B', 'a/b', false],
  ['a', 'ab', false],
  ['ab', 'a', false],
  ['+/b/#', 'a/b', true],
  ['sport#', 'sport', false],
])('%s takes %s: %s', (filter, topic, expected) => {
  expect(topicMatches(filter, topic)).toBe(expected)
})

const level = fc.constantFrom('a', 'b', '', '$s')
const topicOf = fc.array(level, { minLength: 1, maxLength: 5 }).map(levels => levels.join('/'))
const filterOf = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { minLength: 1, maxLength: 5 }), fc.boolean())
  .map(([levels, all]) => [...levels, ...(all ? ['#'] : [])].join('/'))

test('it agrees with a definition by regular expression', () => {
  fc.assert(
    fc.property(filterOf, topicOf, (filter, topic) => {
      const pattern = filter
        .split('/')
        .map(part => (part === '+' ? '[^/]*' : part.replaceAll('$', String.raw`\$`)))
        .join('/')
        .replace(/\/#$/, '(/.*)?')
      const hidden = topic.startsWith('$') && filter.startsWith('+')
      expect(topicMatches(filter, topic)).toBe(!hidden && new RegExp(`^${pattern}$`).test(topic))
    }),
    { numRuns: 300 },
  )
})

test('a topic matches itself, and # takes every topic that does not begin with $', () => {
  fc.assert(
    fc.property(topicOf, topic => {
      expect(topicMatches(topic, topic)).toBe(true)
      expect(topicMatches('#', topic)).toBe(!topic.startsWith('$'))
    }),
    { numRuns: 100 },
  )
})

test.each(['', 'a/+', '#', 'a\0b', 'x'.repeat(65_536)])('"%s" is no topic', topic => {
  expect(topicProblem(topic)).toMatch(/^(?:a topic|".*" has a wildcard)/)
})

test.each(['', 'a/b+', 'a#', '#/a', 'a/#/b', '+a/b', '$share/group/a/#'])('"%s" is no filter', filter => {
  expect(filterProblem(filter)).not.toBe(undefined)
})

test.each(['a', '/', '+', '#', 'a/+/b/#', '+/+'])('"%s" is a filter', filter => {
  expect(filterProblem(filter)).toBe(undefined)
})
