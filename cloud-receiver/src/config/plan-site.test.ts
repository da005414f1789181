import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatProblem, parseDocument, type Problem } from '@lineside/settings'
import { expect, onTestFinished, test } from 'vitest'
import { nodeSecrets } from './node-secrets.ts'
import { createPlanSite } from './plan-site.ts'

test('a secret of a projection is read beside receiver.yaml or from the environment, and told with its place where it is not there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'db.secret'), 'swordfish\n')
  mkdirSync(join(folder, 'd'))
  const file = join(folder, 'receiver.yaml')
  const { document } = parseDocument(file, 'sink:\n  password: { file: db.secret }\n')
  if (!document) throw new Error('not parsed')
  const problems: Problem[] = []
  const site = createPlanSite('sink', document, nodeSecrets({ DB_PASSWORD: 'tuna' }), problems)
  expect(site.at('out')).toBe(join(folder, 'out'))
  expect(site.secret(['password'], { file: 'db.secret' })?.reveal()).toBe('swordfish')
  expect(site.secret(['password'], { env: 'DB_PASSWORD' })?.reveal()).toBe('tuna')
  expect(problems).toEqual([])
  for (const ref of [{ file: 'none' }, { file: 'd' }, { env: 'NONE' }]) {
    expect(site.secret(['password'], ref)).toBeUndefined()
  }
  const place = `${file}:2:13 sink.password:`
  expect(problems.map(formatProblem)).toEqual([
    `${place} the file ${join(folder, 'none')} does not exist; write the secret into it`,
    `${place} the file ${join(folder, 'd')} can not be read: it is a folder`,
    `${place} the environment variable NONE is not set; set it for the service`,
  ])
})
