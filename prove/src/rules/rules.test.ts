import { expect, test } from 'vitest'
import { rules } from './rules.ts'
import { sourcesWithout } from './switch-off.ts'

test.each(rules)('what makes $name true stands in the source where the switch looks for it', rule => {
  expect([...sourcesWithout(rule).keys()]).toEqual([...new Set(rule.edits.map(({ file }) => file))])
})

test('each rule has a name of its own', () => {
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length)
})
