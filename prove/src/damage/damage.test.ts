import { mkdtempSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { proveDamage } from './damage.ts'
import { live } from './live.ts'
import { plant } from './plant.ts'
import { copyBuffer } from './spoil.ts'

test('whatever is damaged, the buffer runs again, sends no wrong value, nothing twice, and names what is gone', async () => {
  const { violations, figures } = await proveDamage({ seeds: 45, say: () => {} })
  expect(violations).toEqual([])
  expect(Object.keys(figures['healed'] ?? {}).length).toBeGreaterThan(4)
})

test('a healing that a power cut ended goes on at the next start', () => {
  const folder = mkdtempSync(join(tmpdir(), 'resumed-'))
  const planted = plant(folder)
  const path = join(folder, 'resumed')
  copyBuffer(planted.folder, path)
  mkdirSync(join(path, 'damaged-x'))
  writeFileSync(join(path, 'healing'), JSON.stringify({ folder: 'damaged-x', reason: 'as found' }))
  expect(live(planted, path)).toEqual({ violations: [], salvages: 1 })
  expect(readdirSync(join(path, 'damaged-x'))).toContain('buffer.db')
  rmSync(folder, { recursive: true })
})
