import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '@lineside/contract/testing'
import { batchOf, openLogHere, sampleOf, uuid } from '../log/testing.ts'
import { createMetrics } from '../metrics.ts'
import { ReceiverError } from '../error.ts'
import type { Metrics } from '../metrics.ts'
import type { Projection } from './projection.ts'
import { runProjection } from './run-projection.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-projection-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

async function figure(metrics: Metrics, name: string): Promise<string | undefined> {
  return new RegExp(`projection_${name}\\{projection="copy"\\} (\\d+)`).exec(await metrics.registry.metrics())?.[1]
}

test('a projection is called when something came; its lag and its failures are told, and it goes on by itself', async () => {
  const clock = new FakeClock()
  const metrics = createMetrics()
  const logged: string[] = []
  const logger = pino({ base: null }, { write: line => void logged.push(JSON.parse(line).msg) })
  await using log = openLogHere(join(folder, 'log.db'), clock)
  const commit = (seq: number) =>
    log.commit({ gateway: 'gw', streams: [], batches: [batchOf(uuid(1), seq, [sampleOf('press', 1, { value: 1 })])] })
  let position = 0
  let broken = false
  let closed = 0
  const copy: Projection = {
    position: topic => (topic === 'samples' ? position : undefined),
    async advance() {
      if (broken) throw new Error('no connection')
      position = await log.end('samples', 0)
      return Infinity
    },
    async flush() {
      position = await log.end('samples', 0)
    },
    close: () => Promise.resolve(void closed++),
  }
  const context = { log, clock, logger, meters: metrics.meters, endAtStart: () => 0 }
  const running = runProjection({ name: 'copy', prepare: () => () => Promise.resolve(copy) }, context, metrics)
  const lag = () => figure(metrics, 'lag_records')

  await commit(1)
  await clock.advance(1000)
  expect([position, running.position('samples', 0), await lag(), running.problem()]).toEqual([1, 1, '0', undefined])
  broken = true
  await commit(2)
  await clock.advance(1000)
  expect([position, await lag(), running.problem()]).toEqual([1, '1', 'no connection'])
  await clock.advance(2000)
  broken = false
  await running.flush()
  expect([position, await lag(), running.problem()]).toEqual([2, '0', 'no connection'])
  await clock.advance(4000)
  expect(running.problem()).toBeUndefined()
  expect(logged).toEqual(['the copy stands still; the log keeps what comes', 'the copy goes on'])
  expect(await figure(metrics, 'failures_total')).toBe('2')
  await running[Symbol.asyncDispose]()
  expect([closed, clock.timers]).toEqual([1, 0])
})

test('what can not start is tried again later and later, and needs all of the log meanwhile', async () => {
  const clock = new FakeClock()
  const metrics = createMetrics()
  await using log = openLogHere(join(folder, 'log.db'), clock)
  await log.commit({ gateway: 'gw', streams: [], batches: [batchOf(uuid(1), 1, [sampleOf('press', 1, { value: 1 })])] })
  const tries: number[] = []
  const copy: Projection = {
    position: () => 1,
    advance: () => Promise.resolve(Infinity),
    flush: () => Promise.resolve(),
  }
  const start = () => {
    tries.push(clock.monotonic())
    return tries.length < 4 ? Promise.reject(new Error('refused')) : Promise.resolve(copy)
  }
  const logger = pino({ level: 'silent' })
  const context = { log, clock, logger, meters: metrics.meters, endAtStart: () => 1 }
  await using running = runProjection({ name: 'copy', prepare: () => start }, context, metrics)
  await running.tried
  expect([running.position('samples', 0), running.position('events', 0), running.problem()]).toEqual([0, 0, 'refused'])
  expect([await figure(metrics, 'up'), await figure(metrics, 'lag_records')]).toEqual(['0', '1'])
  await expect(running.flush()).rejects.toThrow('it could not be started: refused')
  for (let second = 0; second < 20; second++) await clock.advance(1000)
  expect(tries).toEqual([0, 2000, 6000, 14_000])
  expect([running.position('samples', 0), running.problem()]).toEqual([1, undefined])
  expect([await figure(metrics, 'up'), await figure(metrics, 'failures_total')]).toEqual(['1', '3'])
})

test.each([
  ['archive', 'resolves'],
  ['archive_ahead', 'rejects'],
] as const)('where the first start fails with %s the try %s', async (code, outcome) => {
  const clock = new FakeClock()
  const metrics = createMetrics()
  await using log = openLogHere(join(folder, 'log.db'), clock)
  const logger = pino({ level: 'silent' })
  const context = { log, clock, logger, meters: metrics.meters, endAtStart: () => 0 }
  const start = () => Promise.reject(new ReceiverError(code, 'no'))
  await using running = runProjection({ name: 'copy', prepare: () => start }, context, metrics)
  const settled = running.tried.then(
    () => 'resolves',
    () => 'rejects',
  )
  expect(await settled).toBe(outcome)
})
