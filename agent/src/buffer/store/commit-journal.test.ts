import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commit } from '../commit.ts'
import { openStore } from '../open-store.ts'
import { ownBatch } from '../batch/new-batch.ts'

const batch = (t: number) => ownBatch('data', [{ k: 'sample', device: 'd', t, values: { p: t } }])

test('the journal has every batch under its name, and nothing of a transaction that failed', () => {
  const path = mkdtempSync(join(tmpdir(), 'journal-'))
  const file = join(path, 'journal.ndjson')
  const store = openStore({ path, gateway: 'g', maxSizeBytes: 64e6, boot: 'b', now: 1, commitJournal: file })
  const ids = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002']
  const request = { number: 1, batches: [batch(1), batch(2)], points: [], state: [], dropped: [] }
  commit(store, { now: 1, ids }, request, () => [])
  const noIds = { ...request, batches: [batch(3), ownBatch('alarms', [])] }
  expect(() => commit(store, { now: 2, ids: [] }, noIds, () => [])).toThrow(RangeError)
  store[Symbol.dispose]()
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map(line => JSON.parse(line))).toEqual([
    { stream: ids[0], seq: 1, lines: ['{"k":"sample","device":"d","t":1,"values":{"p":1}}'] },
    { stream: ids[0], seq: 2, lines: ['{"k":"sample","device":"d","t":2,"values":{"p":2}}'] },
  ])
  rmSync(path, { recursive: true, force: true })
})
