import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BufferStats } from '../../buffer/api.ts'
import type { LineView } from '../../control/answers.ts'
import type { LinkStatus } from '../../links/link.ts'
import { zeroDeviceCounters } from '../../poll/status.ts'
import type { UplinkStatus } from '../../uplink/api.ts'
import { expose } from './exposition.ts'
import type { Measured } from './metric.ts'
import { metrics, subjects } from './table.ts'

const link: LinkStatus = {
  name: 'sensors',
  kind: 'broker',
  state: 'online',
  counters: { loginsRefused: 3 },
  levels: { clients: 2 },
  devices: [{ name: 'plug', state: 'online', since: 0, counters: { ...zeroDeviceCounters(), polls: 17 } }],
}

const shares = { lastMinute: 0.25, last15Minutes: 0.5 }
const line: LineView = {
  link: 'press_line',
  kind: 'modbus_rtu',
  state: 'online',
  lanes: 1,
  busy: shares,
  late: [{ endMs: 20, polls: 99 }, { polls: 100 }],
  lateMs: 2500,
  devices: [
    {
      device: 'press_3',
      state: 'online',
      busy: shares,
      busyMs: 90_000,
      wantedMs: 1000,
      medianMs: 1000,
      p95Ms: 1500,
      missed: 2,
      overruns: 1,
    },
  ],
}

const zero = { batches: 0, readings: 0, bytes: 0, entries: 0 }
const buffer: BufferStats = {
  run: 1,
  state: 'ok',
  waiting: { batches: 2, readings: 40, bytes: 900 },
  oldestMs: 5000,
  unwritten: 3,
  pending: zero,
  fileBytes: 0,
  committed: zero,
  evicted: zero,
  thinned: 0,
  dropped: zero,
  quarantined: zero,
  restarts: 0,
  healed: 0,
}

const uplink: UplinkStatus = {
  state: 'waiting',
  failingForMs: 90_000,
  requests: 5,
  failures: 4,
  ackedBatches: 1,
  rejectedBatches: 0,
  wireBytes: 6,
}

const measured: Measured = {
  gateway: 'gw',
  version: '1',
  nowMs: 8000,
  links: [link],
  lines: [line],
  buffer,
  uplink,
  feed: { listeners: 1, dropped: 7 },
  clock: { state: 'doubtful', correctionMs: 1500, jumps: 2 },
  alarms: new Map([['high', 1]]),
}

test('metrics tell levels and counters apart, in base units', () => {
  const text = expose(metrics, measured)
  expect(text).toContain(
    '# TYPE lineside_link_events_total counter\nlineside_link_events_total{link="sensors",event="logins_refused"} 3\n',
  )
  expect(text).toContain('# TYPE lineside_link_level gauge\nlineside_link_level{link="sensors",what="clients"} 2\n')
  const lines = new Set(text.split('\n'))
  for (const each of [
    'lineside_info{gateway="gw",version="1"} 1',
    'lineside_device_polls_total{device="plug"} 17',
    'lineside_buffer_oldest_seconds 3',
    'lineside_buffer_unwritten_batches 3',
    'lineside_alarms_active{priority="high"} 1',
    'lineside_tail_dropped_samples_total 7',
    'lineside_clock_synchronised 0',
    'lineside_clock_correction_seconds 1.5',
    'lineside_uplink_failing_seconds 90',
    'lineside_link_busy_ratio{link="press_line",window="1m"} 0.25',
    'lineside_device_busy_seconds_total{device="press_3"} 90',
    'lineside_device_interval_seconds{device="press_3",quantile="0.95"} 1.5',
  ]) {
    expect(lines).toContain(each)
  }
  expect(text).not.toMatch(/^lineside_uplink_budget_bytes /m)
})

test('how late polls began is a histogram, with sum and count', () => {
  const late = Object.entries(metrics).flatMap(([name, m]) =>
    name === 'lineside_poll_late_seconds' ? [['late', m] as const] : [],
  )
  expect(expose(Object.fromEntries(late), measured)).toBe(`# HELP late How long after they were due polls began
# TYPE late histogram
late_bucket{link="press_line",le="0.02"} 99
late_bucket{link="press_line",le="+Inf"} 100
late_sum{link="press_line"} 2.5
late_count{link="press_line"} 100
`)
})

test('names are given once, are written as Prometheus wants them, and have the labels that the table says', () => {
  const names = Object.values(subjects).flatMap(subject => Object.keys(subject))
  expect(new Set(names).size).toBe(names.length)
  for (const [name, { kind, labels, rows }] of Object.entries(metrics)) {
    expect(name).toMatch(kind === 'counter' ? /^[a-z_]+_total$/ : /^[a-z_]+(?<!_total|_bucket|_sum|_count)$/)
    const written = rows(measured)
      .flatMap(row => Object.keys(row.labels))
      .filter(label => label !== 'le')
    expect(labels).toEqual(expect.arrayContaining(written))
  }
})

test('whatever stands in a label, it is one line, and can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.double(), (label, value) => {
      const metric = {
        kind: 'gauge',
        help: 'a\nb',
        labels: ['x'],
        rows: () => [{ labels: { x: label }, value }],
      } as const
      const [help, , told = '', end, ...more] = expose({ m: metric }, measured).split('\n')
      expect([help, end, more]).toEqual(['# HELP m a\\nb', '', []])
      const [, written = '', number = ''] = /^m\{x="((?:[^"\\]|\\.)*)"\} (\S+)$/s.exec(told) ?? []
      expect(written.replaceAll(/\\(.)/gs, (_, escape: string) => (escape === 'n' ? '\n' : escape))).toBe(label)
      expect(Number(number.replace('Inf', 'Infinity'))).toEqual(value === 0 ? expect.closeTo(0) : value)
    }),
  )
})

const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(expose(metrics, measured))?.[1])

test('metrics tell what the process uses', () => {
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(10e6)
  expect(value('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(value('process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1000, 0)
  expect(value('nodejs_eventloop_utilization')).toBeGreaterThanOrEqual(0)
})
