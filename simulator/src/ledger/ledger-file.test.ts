import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@lineside/contract/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Ledger } from './ledger.ts'
import { openLedgerFile } from './ledger-file.ts'
import { readLedger } from './read-ledger.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-ledger-'))
  path = join(folder, 'plant.ndjson')
})
afterEach(() => rmSync(folder, { recursive: true }))

const text = () => readFileSync(path, 'utf8')

test('writes what waits after a while, and all of it at the end', async () => {
  const clock = new FakeClock()
  const sink = openLedgerFile(path, clock)
  sink.write('1\n')
  expect(text()).toBe('')
  await clock.advance(200)
  expect(text()).toBe('1\n')
  sink.write('2\n')
  await sink.close()
  expect(text()).toBe('1\n2\n')
  expect(clock.timers).toBe(0)
})

test('writes at once when much waits', async () => {
  const sink = openLedgerFile(path, new FakeClock())
  sink.write('x'.repeat(70_000))
  expect(text()).toHaveLength(70_000)
  await sink.close()
})

test('numbers the replies of each device, and is read back as it was', async () => {
  const sink = openLedgerFile(path, new FakeClock())
  const ledger = new Ledger(sink)
  ledger.add({ device: 'one', at: 5, points: { a: 2n ** 63n } })
  ledger.add({ device: 'two', at: 6, points: { b: 'run' }, quality: { c: 'bad:not_available' } })
  ledger.add({ device: 'one', at: 7, points: { a: 0.1 } })
  sink.write('{"device":"cut of')
  await sink.close()
  expect({ replies: ledger.replies, readings: ledger.readings }).toEqual({ replies: 3, readings: 4 })
  expect(readLedger(path)).toEqual([
    { device: 'one', n: 1, at: 5, points: { a: 2n ** 63n } },
    { device: 'two', n: 1, at: 6, points: { b: 'run' }, quality: { c: 'bad:not_available' } },
    { device: 'one', n: 2, at: 7, points: { a: 0.1 } },
  ])
})

test('says in one sentence that it can not be written or read', () => {
  const none = join(folder, 'none', 'x.ndjson')
  expect(() => openLedgerFile(none, new FakeClock())).toThrow(`ledger ${none} can't be written`)
  expect(() => readLedger(none)).toThrow(`ledger ${none} can't be read`)
})
