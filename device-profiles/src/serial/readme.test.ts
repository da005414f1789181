// oxlint-disable-next-line no-restricted-imports -- a test may read the page
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runSerialTests } from './run-tests.ts'
import { serialProfile } from './testing.ts'

const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const section = page.slice(page.indexOf('## Serial lines'), page.indexOf('## MQTT and serial lines'))
const examples = [...section.matchAll(/```yaml\n(.*?)```/gs)].map(match => match[1] ?? '')

test('README.md has examples of serial profiles', () => {
  expect(examples.length).toBeGreaterThan(3)
})

test.each(examples)('the example %# of README.md is a profile that passes its own tests', text => {
  const profile = serialProfile(text)
  expect(profile.tests.length).toBeGreaterThan(0)
  expect(runSerialTests(profile)).toStrictEqual([])
})
