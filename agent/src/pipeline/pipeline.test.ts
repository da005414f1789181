import type { Entry, Sample } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import { createWatch } from '../alarms/watch.ts'
import type { Settle } from '../intake.ts'
import type { ThresholdRule } from '../detect/threshold-rule.ts'
import { createLiveValues } from './live-values.ts'
import { createSampleFeed } from './sample-feed.ts'
import { createPipeline } from './pipeline.ts'
import { createDeadband } from '../poll/deadband.ts'

const rule: ThresholdRule = {
  kind: 'threshold',
  device: 'press',
  name: 'hot',
  point: 'temperature',
  priority: 'high',
  high: 80,
  hysteresis: 1,
  onDelayMs: 0,
  offDelayMs: 0,
}

function line() {
  const clock = new FakeClock()
  const told: string[] = []
  const appended: { kind: string; entry: Entry; settle: Settle | undefined }[] = []
  const live = createLiveValues(['press'])
  const pipeline = createPipeline({
    clock,
    live,
    feed: createSampleFeed(),
    watch: createWatch([rule], { now: () => clock.now(), newId: () => '7c1f0b6e-0000-4000-8000-000000000001' }),
    deadbands: new Map([['press', createDeadband([{ name: 'temperature', deadband: 100, maxSilenceMs: 60_000 }])]]),
    buffer: {
      append: (kind, entry, settle) => void appended.push({ kind, entry, settle }),
      commit: async () => void told.push('committed'),
    },
    announce: alarm => void told.push(`${alarm.event} ${appended.length}`),
  })
  const read = (temperature: number): Sample => ({
    k: 'sample',
    device: 'press',
    t: clock.now(),
    values: { temperature },
  })
  return { pipeline, live, told, appended, read }
}

test('detectors see what the deadband holds back, and people hear before the disk', () => {
  const { pipeline, told, appended, read } = line()
  pipeline.sample(read(20))
  pipeline.sample(read(90))
  expect(told).toEqual(['raised 1'])
  expect(appended.map(({ kind }) => kind)).toEqual(['data', 'alarms'])
})

test('a sample is settled after its commit, and at once where the deadband holds it back', () => {
  const { pipeline, appended, read } = line()
  const settled: string[] = []
  pipeline.sample(read(20), () => settled.push('first'))
  expect(settled).toEqual([])
  appended[0]?.settle?.()
  expect(settled).toEqual(['first'])
  pipeline.sample(read(21), () => settled.push('second'))
  expect(settled).toEqual(['first', 'second'])
})

test('what could not be stored is no reason to hold back what comes again', () => {
  const { pipeline, appended, read } = line()
  const settled: (Error | undefined)[] = []
  pipeline.sample(read(20), error => settled.push(error))
  appended[0]?.settle?.(new Error('disk full'))
  expect(settled).toEqual([new Error('disk full')])
  pipeline.sample(read(20))
  expect(appended).toHaveLength(2)
})

test('a sample from the past is stored, and nobody judges it', () => {
  const { pipeline, told, appended, read } = line()
  pipeline.past(read(90))
  expect(told).toEqual([])
  expect(appended.map(({ kind }) => kind)).toEqual(['data'])
})

test('what a broker kept is stored and shown, and neither raises an alarm nor ends one', () => {
  const { pipeline, live, told, appended, read } = line()
  pipeline.kept(read(90))
  expect(told).toEqual([])
  pipeline.sample(read(91))
  pipeline.kept(read(20))
  expect(told).toEqual(['raised 1'])
  expect(appended.map(({ kind }) => kind)).toEqual(['data', 'alarms', 'data', 'data'])
  expect(live.of('press').get('temperature')?.value).toBe(20)
})

test('who holds back until it is stored gets a commit at once', () => {
  const { pipeline, told } = line()
  pipeline.hurry()
  expect(told).toEqual(['committed'])
})
