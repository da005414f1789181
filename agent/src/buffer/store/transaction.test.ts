import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { write } from './transaction.ts'

test('two transactions of one moment never give two streams the same name', () => {
  const path = mkdtempSync(join(tmpdir(), 'transaction-'))
  const store = openStore({ path, gateway: 'g', maxSizeBytes: 64e6, boot: 'b', now: 1 })
  const moment = { now: 1, ids: ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] }
  write(store, moment, draft => draft.insert(ownBatch('data', [])))
  write(store, moment, draft => draft.insert(ownBatch('alarms', [])))
  expect([...store.streams.values()].map(({ kind, stream }) => [kind, stream])).toEqual([
    ['data', moment.ids[0]],
    ['alarms', moment.ids[1]],
  ])
  expect(() =>
    write(store, moment, draft => {
      draft.retireStreams()
      draft.insert(ownBatch('data', []))
    }),
  ).toThrow(RangeError)
  store[Symbol.dispose]()
  rmSync(path, { recursive: true, force: true })
})

test('a buffer whose rows are all destroyed is refused under another name: their gap is still to be written', () => {
  const path = mkdtempSync(join(tmpdir(), 'transaction-'))
  const options = { path, maxSizeBytes: 64e6, boot: 'b', now: 1 }
  const store = openStore({ ...options, gateway: 'g' })
  const ids = ['00000000-0000-4000-8000-000000000001']
  write(store, { now: 1, ids }, draft => draft.insert(ownBatch('data', [])))
  store.db.exec('DELETE FROM batches')
  store[Symbol.dispose]()
  expect(() => openStore({ ...options, gateway: 'h' })).toThrow(/holds 1 unsent batch of gateway g/)
  rmSync(path, { recursive: true, force: true })
})
