import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { libraryProfiles } from '../devices-page.ts'
import { generatedFiles } from '../generated-files.ts'

test.each(Object.entries(await generatedFiles()))('%s is current; npm run gen makes it so', (path, text) => {
  const file = join(import.meta.dirname, '../..', path)
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'not there').toBe(text)
})

test('README.md says how many devices there are', () => {
  const text = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
  expect(/lists the (\d+) devices/.exec(text)?.[1]).toBe(String(libraryProfiles().length))
})
