import { expect, test } from 'vitest'
import { powerRules } from './power-rules.ts'
import { rules } from './rules.ts'
import { sourcesWithout } from './switch-off.ts'

const all = [...rules, ...powerRules]

test.each(all)('what makes $name true stands in the source where the switch looks for it', rule => {
  expect([...sourcesWithout(rule).keys()]).toEqual([...new Set(rule.edits.map(({ file }) => file))])
})

test('each rule has a name of its own', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
})
