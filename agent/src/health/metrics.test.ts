import { expect, test } from 'vitest'
import type { BufferStats } from '../buffer/api.ts'
import type { LineView } from '../control/answers.ts'
import type { LinkStatus } from '../links/link.ts'
import { zeroDeviceCounters } from '../poll/status.ts'
import type { UplinkStatus } from '../uplink/api.ts'
import { createRegistry } from './metrics.ts'

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

test('metrics tell levels and counters apart, in base units, and are read anew at each scrape', async () => {
  let nowMs = 8000
  let readings = 0
  const registry = createRegistry(() => {
    readings++
    return {
      gateway: 'gw',
      version: '1',
      nowMs,
      links: [link],
      lines: [line],
      buffer,
      uplink,
      feed: { listeners: 1, dropped: 7 },
      clock: { state: 'doubtful', correctionMs: 1500, jumps: 2 },
      alarms: new Map([['high', 1]]),
    }
  })
  const text = await registry.metrics()
  expect(text).toContain(
    '# TYPE lineside_link_events_total counter\nlineside_link_events_total{link="sensors",event="logins_refused"} 3',
  )
  expect(text).toContain('# TYPE lineside_link_level gauge\nlineside_link_level{link="sensors",what="clients"} 2')
  expect(text).toContain('lineside_device_polls_total{device="plug"} 17')
  expect(text).toContain('lineside_buffer_oldest_seconds 3')
  expect(text).toContain('lineside_buffer_unwritten_batches 3')
  expect(text).toContain('lineside_alarms_active{priority="high"} 1')
  expect(text).toContain('lineside_tail_dropped_samples_total 7')
  expect(text).toContain('lineside_clock_synchronised 0')
  expect(text).toContain('lineside_clock_correction_seconds 1.5')
  expect(text).toContain('lineside_uplink_failing_seconds 90')
  expect(readings).toBe(1)
  expect(text).toContain('lineside_link_busy_ratio{link="press_line",window="1m"} 0.25')
  expect(text).toContain('lineside_poll_late_seconds_bucket{link="press_line",le="0.02"} 99')
  expect(text).toContain('lineside_poll_late_seconds_bucket{link="press_line",le="+Inf"} 100')
  expect(text).toContain('lineside_device_busy_seconds_total{device="press_3"} 90')
  expect(text).toContain('lineside_device_interval_seconds{device="press_3",quantile="0.95"} 1.5')
  nowMs = 9000
  expect(await registry.metrics()).toContain('lineside_buffer_oldest_seconds 4')
})

test('metrics tell what the process uses, and start no timers for it', async () => {
  const before = process.getActiveResourcesInfo()
  const registry = createRegistry(() => {
    throw new Error('not asked for the agent')
  })
  expect(process.getActiveResourcesInfo()).toEqual(before)
  const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value
  expect(await metric('process_resident_memory_bytes')).toBeGreaterThan(10e6)
  expect(await metric('process_cpu_seconds_total')).toBeGreaterThan(0)
  expect(await metric('process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1000, 0)
  expect(await metric('nodejs_eventloop_utilization')).toBeGreaterThanOrEqual(0)
})
