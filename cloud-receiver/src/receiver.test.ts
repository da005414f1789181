import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@lineside/contract/testing'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseConfig } from './config/config.ts'
import { nodeSecrets } from './config/node-secrets.ts'
import { Credentials } from './credentials/credentials.ts'
import { bodyOf, headersOf, send } from './ingest/testing.ts'
import { openLogHere, sampleOf, uuid } from './log/testing.ts'
import { credentialsPath, startReceiver } from './receiver.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-start-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function configured() {
  const loaded = parseConfig(join(folder, 'receiver.yaml'), 'listen: "127.0.0.1:0"\n', nodeSecrets({}))
  if (!loaded.ok) throw new Error(loaded.problems[0]?.message)
  mkdirSync(loaded.config.data)
  return loaded.config
}

test('a receiver whose archive is away takes in what comes, and archives it once it is back', async () => {
  const clock = new FakeClock()
  const config = configured()
  const archive = join(folder, 'archive')
  writeFileSync(archive, 'a file, where the folder shall be')
  const logged: string[] = []
  const logger = pino({ base: null }, { write: line => void logged.push(JSON.parse(line).msg) })
  const receiver = await startReceiver(config, clock, logger)
  using credentials = Credentials.open(credentialsPath(config), clock)
  const added = credentials.add('gw')
  const headers = headersOf(added.kind === 'added' ? added.token : '')
  const chunks = [bodyOf('gw', [{ stream: uuid(1), seq: 1, entries: [sampleOf('press', clock.now(), { t: 1 })] }])]
  const answer = await send({ port: Number(new URL(receiver.url).port), headers, chunks })
  expect([answer.status, answer.body]).toMatchObject([200, { streams: [{ acked: [[1, 1]] }] }])
  const health = await fetch(`${receiver.url}/healthz`)
  expect([health.status, await health.json()]).toEqual([
    200,
    { status: 'degraded', problems: ['the archive stands still; the log keeps what comes'] },
  ])
  expect(await fetch(`${receiver.url}/metrics`).then(reply => reply.text())).toContain(
    'lineside_receiver_projection_up{projection="archive"} 0',
  )

  rmSync(archive)
  await clock.advance(2000)
  await receiver.stop()
  expect(logged).toContain('the archive stands still; the log keeps what comes')
  expect(logged).toContain('the archive goes on')
  const files = readdirSync(archive, { recursive: true, encoding: 'utf8' })
  expect(files.filter(file => file.endsWith('.parquet'))).toHaveLength(1)
})

test('a receiver whose log was restored behind its archive does not start', async () => {
  const clock = new FakeClock()
  const config = configured()
  const log = openLogHere(join(config.data, 'log.db'), clock)
  const intents = join(folder, 'archive/_log', log.incarnation, 'samples/0')
  await log[Symbol.asyncDispose]()
  mkdirSync(intents, { recursive: true })
  writeFileSync(join(intents, '0.json'), '{"first":0,"end":11}')
  await expect(startReceiver(config, clock, pino({ level: 'silent' }))).rejects.toMatchObject({ code: 'archive_ahead' })
})
