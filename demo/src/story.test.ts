import { expect, test } from 'vitest'
import { story, uplinkAt } from './story.ts'

test('the uplink is cut once in each cycle, and the first cut has nothing before it', () => {
  expect(uplinkAt(0)).toEqual({ cut: false, sinceMs: undefined, nextMs: story.cutAt })
  expect(uplinkAt(story.cutAt)).toEqual({ cut: true, sinceMs: 0, nextMs: story.restoreAt - story.cutAt })
  expect(uplinkAt(story.restoreAt)).toMatchObject({ cut: false, sinceMs: 0 })
  expect(uplinkAt(story.every + story.cutAt)).toMatchObject({ cut: true, sinceMs: 0 })
  expect(uplinkAt(story.every).sinceMs).toBe(story.every - story.restoreAt)
})

test('what comes next is always in the future', () => {
  for (let at = 0; at < 2 * story.every; at += 250) expect(uplinkAt(at).nextMs).toBeGreaterThan(0)
})
