import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '@lineside/contract/testing'
import { batchOf, gapOf, openLogHere, readAll, sampleOf, uuid } from '../testing.ts'
import { openEmbeddedLog } from './embedded-log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = () => openEmbeddedLog({ path: join(folder, 'log.db'), clock: new FakeClock(5000) })
const passedOn = (seq: number) => ({ fromBatch: { stream: uuid(1), seq } })
const reading = (seq: number) => batchOf(uuid(1), seq, [sampleOf('press', seq, { temperature: seq / 2 })])

test('requests that come at the same time are all stored, and the log gives their lines back as they came', async () => {
  await using log = await open()
  const heard: string[] = []
  log.onAppend((topic, shard) => heard.push(`${topic} ${shard}`))
  const seqs = Array.from({ length: 50 }, (_, i) => i + 1)
  const outcomes = await Promise.all(
    seqs.map(seq => log.commit({ gateway: 'gw', streams: [], batches: [reading(seq), reading(seq)] })),
  )
  expect(outcomes.every(({ batches }) => batches === 1)).toBe(true)
  expect(outcomes.at(-1)?.streams).toEqual([{ stream: uuid(1), acked: [[1, 50]] }])
  const stored = await readAll(log, 'samples')
  expect(stored.map(({ json }) => json)).toEqual(seqs.map(seq => Buffer.from(reading(seq).text).toString()))
  expect(stored[0]).toMatchObject({ gateway: 'gw', received: 5000, stream: uuid(1), seq: 1, idx: 0, offset: 0 })
  expect(heard.length).toBeGreaterThan(0)
  expect(new Set(heard)).toEqual(new Set(['samples 0']))
  expect(await log.totals('gw')).toEqual({ batches: 50, entries: 50, readings: 50, received: 5000 })
  expect(await log.totals('other')).toBeUndefined()
})

test('a listener that throws is told of, and neither the others nor the next commit feel it', async () => {
  const failures: unknown[] = []
  const listenerFailed = (error: unknown) => void failures.push(error)
  await using log = await openEmbeddedLog({ path: join(folder, 'log.db'), clock: new FakeClock(), listenerFailed })
  const heard: string[] = []
  const forget = log.onAppend(() => {
    throw new Error('broken listener')
  })
  log.onAppend(topic => heard.push(topic))
  await log.commit({ gateway: 'gw', streams: [], batches: [reading(1)] })
  await log.commit({ gateway: 'gw', streams: [], batches: [reading(2)] })
  await expect.poll(() => heard).toEqual(['samples', 'samples'])
  expect(failures).toEqual([new Error('broken listener'), new Error('broken listener')])
  forget()
  await log.commit({ gateway: 'gw', streams: [], batches: [reading(3)] })
  await expect.poll(() => heard).toHaveLength(3)
  expect(failures).toHaveLength(2)
})

test('a gap in the same request as what it names is cut by what comes before it', async () => {
  await using log = await open()
  const gap = batchOf(uuid(2), 1, [gapOf([uuid(1), [1, 2]])])
  await log.commit({ gateway: 'gw', streams: [], batches: [reading(1), gap, reading(2)] })
  expect((await readAll(log, 'samples')).map(({ seq }) => seq)).toEqual([1])
  expect((await readAll(log, 'events')).map(({ json }) => JSON.parse(json))).toMatchObject([
    { names: [{ stream: uuid(1), seqs: [[2, 2]] }] },
  ])
})

test('opening what another log holds is an error with a hint, and closing lets it go', async () => {
  {
    await using log = await open()
    expect(log.incarnation).toMatch(/^[0-9a-f-]{36}$/)
    await expect(open()).rejects.toMatchObject({ code: 'log_open', hint: expect.stringContaining('data folder') })
  }
  await using again = await open()
  expect(await again.end('samples', 0)).toBe(0)
})

test('what a thinned batch passes on falls away where its own batch has arrived', async () => {
  await using log = openLogHere(join(folder, 'log.db'), new FakeClock())
  const state = { k: 'state', t: 1, scope: 'device', name: 'press', state: 'online' } as const
  const [first, second] = [sampleOf('press', 1, { run: 'on' }), sampleOf('press', 2, { run: 'off' })]
  await log.commit({ gateway: 'gw', streams: [], batches: [batchOf(uuid(1), 1, [first, state])] })
  const points = { p: { min: 1, max: 2, mean: 1.5, count: 3 } }
  const names = [{ stream: uuid(1), seqs: [[1, 2]] }] as const
  const entries = [
    { k: 'summary', t: 1, until: 2, device: 'press', points, names },
    { ...first, ...passedOn(1) },
    { ...state, ...passedOn(1) },
    { ...second, ...passedOn(2) },
  ]
  await log.commit({ gateway: 'gw', streams: [], batches: [batchOf(uuid(1), 3, entries)] })
  expect((await readAll(log, 'samples')).map(({ seq, idx, json }) => [seq, idx, JSON.parse(json)])).toEqual([
    [1, 0, first],
    [3, 3, { ...second, ...passedOn(2) }],
  ])
  expect((await readAll(log, 'events')).map(({ seq, json }) => [seq, JSON.parse(json).k])).toEqual([
    [1, 'state'],
    [3, 'gap'],
  ])
})
