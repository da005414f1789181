import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Walk, walkFolder } from '../../prove/src/sim/walk.ts'
import { walkAlone, walkTogether } from '../../prove/src/sim/walks.ts'

const seeds = [1, 2, 3, 4]

async function all(walks: AsyncIterable<Walk>): Promise<readonly Walk[]> {
  const found: Walk[] = []
  for await (const walk of walks) found.push(walk)
  return found
}

test('walks in several processes come in the order of their seeds, with the histories that they have alone', async () => {
  const together = await all(walkTogether(seeds))
  expect(together).toEqual(await all(walkAlone(seeds)))
  expect(together.map(({ seed }) => seed)).toEqual(seeds)
  expect(new Set(together.map(({ digest }) => digest)).size).toBe(seeds.length)
  expect(existsSync(walkFolder())).toBe(false)
})
