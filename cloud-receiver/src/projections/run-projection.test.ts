import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '@lineside/contract/testing'
import { batchOf, openLogHere, sampleOf, uuid } from '../log/testing.ts'
import { createMetrics } from '../metrics.ts'
import { runProjection } from './run-projection.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-projection-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

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
  const running = runProjection(
    'copy',
    {
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
    },
    { log, clock, logger, metrics },
  )
  const lag = async () =>
    /projection_lag_records\{projection="copy"\} (\d+)/.exec(await metrics.registry.metrics())?.[1]

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
  expect(await metrics.registry.metrics()).toContain('projection_failures_total{projection="copy"} 2')
  await running[Symbol.asyncDispose]()
  expect([closed, clock.timers]).toEqual([1, 0])
})
