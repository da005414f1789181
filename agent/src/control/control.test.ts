import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { AlarmEntry } from '@lineside/contract'
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest'
import type { ActiveAlarm } from '../alarms/watch.ts'
import type { Released } from '../buffer/api.ts'
import type { ClockStatus } from '../clock/api.ts'
import type { LinkRefusals, LinkStatus } from '../links/link.ts'
import type { FeedItem } from '../pipeline/sample-feed.ts'
import type { LineUse } from '../poll/use.ts'
import type { PurseStatus } from '../uplink/purse.ts'
import type { AgentStatus, AlarmView, Answer, FeedLine, LineView, LinkView, UplinkView } from './answers.ts'
import { askAgent } from './ask.ts'
import { serveControl } from './serve.ts'
import { controlSocketPath } from './socket.ts'
import { unaskedView } from './testing.ts'
import type { AgentView } from './view.ts'

let storage: string
beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), 'control-'))
})
afterEach(() => rmSync(storage, { recursive: true, force: true }))

const alarm = {
  device: 'press',
  alarm: 'hot',
  id: 'u',
  state: 'unacknowledged',
  priority: 'high',
  point: 'temperature',
  text: '91 is above 90',
} as const

const status: AgentStatus = {
  gateway: 'g',
  version: '1',
  startedAt: 1,
  upMs: 2,
  links: [{ name: 'hall', kind: 'broker', state: 'online', refusals: { count: 1, text: 'a login', t: 3 } }],
  devices: [
    {
      name: 'press',
      profile: 'p',
      link: 'hall',
      state: 'degraded',
      reason: 'stale',
      since: 4,
      nextTryMs: 5,
      readings: [
        { point: 'total', t: 6, value: 2n ** 60n, unit: 'kWh', quality: 'uncertain:unstable' },
        { point: 'state', t: 6, quality: 'bad:refused', badSince: 5 },
      ],
    },
  ],
  buffer: {
    waitingBatches: 1,
    waitingReadings: 2,
    waitingBytes: 3,
    oldestAgeMs: 4,
    committedReadings: 5,
    evictedReadings: 6,
    failing: 'the disk is full',
    pendingReadings: 7,
    unopened: true,
  },
  uplink: {
    state: 'waiting',
    reason: 'no route',
    failingForMs: 1,
    nextTryMs: 2,
    lastReceiptAt: 3,
    wireBytes: 4,
    budget: { budgetBytes: 5, spentBytes: 6, waitMs: 7 },
  },
  clock: { state: 'wrong', source: 'machine', correctionMs: 1, jumps: 2, problem: 'no time', needsPerson: true },
  process: { cpuMs: 1, rssBytes: 2 },
}
const shares = { lastMinute: 0.5, last15Minutes: 0.25 }
const use = { device: 'press', state: 'online', busy: shares, busyMs: 1, wantedMs: 2, medianMs: 3, p95Ms: 4 } as const
const line: LineView = {
  link: 'hall',
  kind: 'modbus_tcp',
  state: 'online',
  lanes: 2,
  busy: shares,
  late: [{ endMs: 20, polls: 1 }, { polls: 2 }],
  lateMs: 30,
  devices: [{ ...use, missed: 5, overruns: 6 }],
}
const read: Answer<'read'> = {
  ok: true,
  device: 'press',
  profile: 'p',
  link: 'hall',
  source: 'heard',
  asOf: 3,
  tookMs: 1,
  readings: [{ point: 'temperature', t: 1, value: 21.5 }],
  absent: ['humidity'],
  reason: 'silent',
  isOffline: true,
}
const view: AgentView = {
  ...unaskedView,
  status: () => status,
  bus: () => [line],
  alarms: () => [
    {
      ...alarm,
      since: 1,
      value: 91,
      limit: 90,
      message: 'm',
      action: 'a',
      by: 'b',
      over: { since: 2, text: '80 is back' },
      asOf: 3,
      unseen: { since: 2, reason: 'bad:refused' },
    },
  ],
  acknowledge: (device, name, by) => ({
    ok: true,
    entry: { k: 'alarm', t: 1, event: 'acknowledged', ...alarm, device, alarm: name, by },
  }),
  unquarantine: ([first = 0]) => Promise.resolve({ batches: first, readings: 2, left: [3], maybeStored: [4] }),
  read: (_, points) =>
    Promise.resolve(points.length === 1 ? { ok: false, text: `there is no point ${points[0]}` } : read),
}

test('what the view says comes out at the asking side, with all that it may have', async () => {
  await using _ = await serveControl(controlSocketPath(storage), view)
  expect(await askAgent(storage, 'status')).toEqual({ ok: true, body: status })
  expect(await askAgent(storage, 'bus')).toEqual({ ok: true, body: [line] })
  expect(await askAgent(storage, 'alarms')).toEqual({ ok: true, body: view.alarms() })
  const order = { device: 'press', alarm: 'hot', by: 'me' }
  expect(await askAgent(storage, 'acknowledge', order)).toEqual({
    ok: true,
    body: view.acknowledge('press', 'hot', 'me'),
  })
  const released = { batches: 7, readings: 2, left: [3], maybeStored: [4] }
  expect(await askAgent(storage, 'unquarantine', { numbers: [7] })).toEqual({ ok: true, body: released })
  expect(await askAgent(storage, 'read', { device: 'press', points: [] })).toEqual({ ok: true, body: read })
})

const refused = (reason: unknown) => ({ ok: false, noAgent: false, text: reason })

test('a refusal, an order that can not be read and an error are answered with the reason', async () => {
  const broken = { ...view, status: unaskedView.status }
  await using _ = await serveControl(controlSocketPath(storage), broken)
  const read1 = await askAgent(storage, 'read', { device: 'press', points: ['x'] })
  expect(read1).toEqual(refused('there is no point x'))
  const endless = { device: 'd'.repeat(200), points: [] }
  expect(await askAgent(storage, 'read', endless)).toEqual(refused(expect.stringMatching(/^device: .*128/)))
  expect(await askAgent(storage, 'unquarantine', { numbers: [] })).toMatchObject({ ok: false })
  expect(await askAgent(storage, 'status')).toEqual(refused('nobody asks that here'))
})

test('an agent of another version is told apart from one that is not there', async () => {
  const older = { ...status, uplink: { state: 'asleep' } } as unknown as AgentStatus
  await using _ = await serveControl(controlSocketPath(storage), { ...unaskedView, status: () => older })
  const answer = await askAgent(storage, 'status')
  expect(answer).toMatchObject({ ok: false, noAgent: false })
  expect(answer.ok ? '' : answer.text).toMatch(
    /^the running agent is of another version \(uplink: state: .*\); restart it$/,
  )
  expect(await askAgent(join(storage, 'none'), 'status')).toMatchObject({ ok: false, noAgent: true })
})

test('nothing that is not in the table is served', async () => {
  await using _ = await serveControl(controlSocketPath(storage), view)
  const { promise, resolve } = Promise.withResolvers<string>()
  request({ socketPath: controlSocketPath(storage), path: '/config' }, answer => resolve(text(answer))).end()
  expect(await promise).toContain('"statusCode":404')
})

test('what an answer passes on is what the agent keeps: the types are the same', () => {
  expectTypeOf<AgentStatus['clock']>().toEqualTypeOf<ClockStatus>()
  expectTypeOf<NonNullable<UplinkView['budget']>>().toEqualTypeOf<PurseStatus>()
  expectTypeOf<NonNullable<LinkView['refusals']>>().toEqualTypeOf<LinkRefusals>()
  expectTypeOf<LinkView['state']>().toEqualTypeOf<LinkStatus['state']>()
  expectTypeOf<Pick<LineView, 'lanes' | 'busy' | 'late' | 'lateMs'>>().toEqualTypeOf<Omit<LineUse, 'devices'>>()
  type Use = Omit<LineView['devices'][number], 'state' | 'missed' | 'overruns'>
  expectTypeOf<Use>().toEqualTypeOf<LineUse['devices'][number]>()
  expectTypeOf<Omit<AlarmView, 'asOf' | 'unseen'>>().toEqualTypeOf<ActiveAlarm>()
  expectTypeOf<Answer<'acknowledge'>['entry']>().toEqualTypeOf<AlarmEntry>()
  expectTypeOf<Answer<'unquarantine'>>().toEqualTypeOf<Released>()
  expectTypeOf<Exclude<FeedLine, { k: 'device' }>>().toEqualTypeOf<FeedItem>()
})
