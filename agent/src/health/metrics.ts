import { Counter, Gauge, Registry } from 'prom-client'
import type { BufferStats } from '../buffer/api.ts'
import type { FeedCounters } from '../pipeline/sample-feed.ts'
import type { ClockStatus } from '../clock/api.ts'
import type { LinkStatus } from '../links/link.ts'
import type { LineView } from '../control/answers.ts'
import type { UplinkStatus } from '../uplink/api.ts'
import { registerProcessMetrics } from './process-metrics.ts'

/** Everything that metrics are read from, at one moment. */
export interface Measured {
  readonly gateway: string
  readonly version: string
  readonly nowMs: number
  readonly links: readonly LinkStatus[]
  readonly lines: readonly LineView[]
  readonly buffer: BufferStats
  readonly uplink: UplinkStatus | undefined
  readonly feed: FeedCounters
  readonly clock: ClockStatus
  /** Priority → alarms that are not normal. */
  readonly alarms: ReadonlyMap<string, number>
}

interface Row {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

interface Metric {
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  readonly labels: readonly string[]
  rows(measured: Measured): readonly Row[]
}

const one = (value: number | undefined): Row[] => (value === undefined ? [] : [{ labels: {}, value }])

function counter(help: string, read: (m: Measured) => number | undefined): Metric {
  return { kind: 'counter', help, labels: [], rows: m => one(read(m)) }
}

function gauge(help: string, read: (m: Measured) => number | undefined): Metric {
  return { kind: 'gauge', help, labels: [], rows: m => one(read(m)) }
}

type DeviceCounter = keyof LinkStatus['devices'][number]['counters']

function perDevice(help: string, name: DeviceCounter): Metric {
  const rows = ({ links }: Measured) =>
    links.flatMap(link => link.devices.map(d => ({ labels: { device: d.name }, value: d.counters[name] })))
  return { kind: 'counter', help, labels: ['device'], rows }
}

/** Every metric of the agent, in base units; labels are bounded by the configuration. */
export const metrics: Readonly<Record<string, Metric>> = {
  lineside_info: {
    kind: 'gauge',
    help: 'Always 1; says which gateway and version this is',
    labels: ['gateway', 'version'],
    rows: m => [{ labels: { gateway: m.gateway, version: m.version }, value: 1 }],
  },
  lineside_link_up: {
    kind: 'gauge',
    help: '1 while the link works',
    labels: ['link', 'kind'],
    rows: m => m.links.map(l => ({ labels: { link: l.name, kind: l.kind }, value: Number(l.state === 'online') })),
  },
  lineside_link_events_total: {
    kind: 'counter',
    help: 'What happened on a link: reconnects, time-outs, refusals and the like',
    labels: ['link', 'event'],
    rows: m =>
      m.links.flatMap(l =>
        Object.entries(l.counters).map(([event, value]) => ({
          labels: { link: l.name, event: snakeCase(event) },
          value,
        })),
      ),
  },
  lineside_link_level: {
    kind: 'gauge',
    help: 'What is on a link at this moment: connected clients, messages that wait',
    labels: ['link', 'what'],
    rows: m =>
      m.links.flatMap(l =>
        Object.entries(l.levels ?? {}).map(([what, value]) => ({
          labels: { link: l.name, what: snakeCase(what) },
          value,
        })),
      ),
  },
  lineside_device_up: {
    kind: 'gauge',
    help: '1 while the device answers',
    labels: ['device'],
    rows: m =>
      m.links.flatMap(l => l.devices.map(d => ({ labels: { device: d.name }, value: Number(d.state === 'online') }))),
  },
  lineside_device_polls_total: perDevice('Polls begun, or messages received', 'polls'),
  lineside_device_polls_failed_total: perDevice(
    'Polls in which no request was answered, or messages that could not be read',
    'failed',
  ),
  lineside_device_polls_missed_total: perDevice('Due polls that were not begun', 'missed'),
  lineside_device_overruns_total: perDevice('Polls skipped because the one before was still running', 'overruns'),
  lineside_device_probes_total: perDevice('Questions to find out whether an offline device is back', 'probes'),
  lineside_device_bad_readings_total: perDevice('Readings of bad quality', 'badReadings'),
  lineside_link_busy_ratio: {
    kind: 'gauge',
    help: 'Share of the time in which a poll was under way on a line',
    labels: ['link', 'window'],
    rows: m =>
      m.lines.flatMap(({ link, busy }) => [
        { labels: { link, window: '1m' }, value: busy.lastMinute },
        { labels: { link, window: '15m' }, value: busy.last15Minutes },
      ]),
  },
  lineside_poll_late_seconds_bucket: {
    kind: 'counter',
    help: 'Polls that began at most so long after they were due',
    labels: ['link', 'le'],
    rows: m =>
      m.lines.flatMap(({ link, late }) =>
        late.map(({ endMs, polls }) => ({
          labels: { link, le: endMs === undefined ? '+Inf' : String(endMs / 1000) },
          value: polls,
        })),
      ),
  },
  lineside_device_busy_seconds_total: {
    kind: 'counter',
    help: 'Time in which a poll of the device was under way on its line',
    labels: ['device'],
    rows: m =>
      m.lines.flatMap(line => line.devices.map(d => ({ labels: { device: d.device }, value: d.busyMs / 1000 }))),
  },
  lineside_device_interval_wanted_seconds: {
    kind: 'gauge',
    help: 'How often the device is to be polled',
    labels: ['device'],
    rows: m =>
      m.lines.flatMap(line =>
        line.devices.flatMap(d =>
          d.wantedMs === undefined ? [] : [{ labels: { device: d.device }, value: d.wantedMs / 1000 }],
        ),
      ),
  },
  lineside_device_interval_seconds: {
    kind: 'gauge',
    help: 'How often the device was polled, last 15 minutes',
    labels: ['device', 'quantile'],
    rows: m =>
      m.lines.flatMap(line =>
        line.devices.flatMap(({ device, medianMs, p95Ms }) =>
          medianMs === undefined || p95Ms === undefined
            ? []
            : [
                { labels: { device, quantile: '0.5' }, value: medianMs / 1000 },
                { labels: { device, quantile: '0.95' }, value: p95Ms / 1000 },
              ],
        ),
      ),
  },
  lineside_device_refused_points: {
    kind: 'gauge',
    help: 'Points that the device refuses to give',
    labels: ['device'],
    rows: m =>
      m.links.flatMap(l =>
        l.devices.map(d => ({
          labels: { device: d.name },
          value: (d.refused ?? []).reduce((sum, { points }) => sum + points.length, 0),
        })),
      ),
  },
  lineside_buffer_failing: gauge('1 while the disk refuses commits', m => Number(m.buffer.state === 'failing')),
  lineside_buffer_waiting_batches: gauge('Batches without a receipt', m => m.buffer.waiting.batches),
  lineside_buffer_waiting_readings: gauge('Readings without a receipt', m => m.buffer.waiting.readings),
  lineside_buffer_waiting_bytes: gauge('Bytes without a receipt', m => m.buffer.waiting.bytes),
  lineside_buffer_oldest_seconds: gauge('Age of the oldest batch without a receipt', m =>
    m.buffer.oldestMs === undefined ? 0 : (m.nowMs - m.buffer.oldestMs) / 1000,
  ),
  lineside_buffer_unwritten_batches: gauge(
    'Batches with a receipt that the next commit writes',
    m => m.buffer.unwritten,
  ),
  lineside_buffer_pending_bytes: gauge('Bytes in memory that are not committed yet', m => m.buffer.pending.bytes),
  lineside_buffer_memory_readings: gauge('Readings in memory, not committed yet', m => m.buffer.pending.readings),
  lineside_buffer_room_bytes: gauge('What the buffer may take of its disk now', m => m.buffer.disk?.roomBytes),
  lineside_buffer_disk_free_bytes: gauge('Free space on the disk of the buffer', m => m.buffer.disk?.freeBytes),
  lineside_buffer_disk_short: gauge('1 while the disk of the buffer has less free than storage.min_free', m =>
    m.buffer.disk === undefined ? undefined : Number(m.buffer.disk.freeBytes < m.buffer.disk.minFreeBytes),
  ),
  lineside_buffer_file_bytes: gauge('Size of the buffer on disk', m => m.buffer.fileBytes),
  lineside_buffer_committed_readings_total: counter('Readings committed', m => m.buffer.committed.readings),
  lineside_buffer_committed_bytes_total: counter('Bytes of committed batches', m => m.buffer.committed.bytes),
  lineside_buffer_evicted_readings_total: counter(
    'Readings let go because there was no room, or they were too old',
    m => m.buffer.evicted.readings,
  ),
  lineside_buffer_thinned_readings_total: counter('Readings that summaries took the place of', m => m.buffer.thinned),
  lineside_buffer_dropped_readings_total: counter(
    'Readings lost because the disk stalled and memory was full',
    m => m.buffer.dropped.readings,
  ),
  lineside_buffer_restarts_total: counter('Starts of the buffer thread after it died', m => m.buffer.restarts),
  lineside_buffer_healed_total: counter('Damaged databases that were healed', m => m.buffer.healed),
  lineside_buffer_quarantined_batches: gauge('Batches in quarantine', m => m.buffer.quarantined.batches),
  lineside_uplink_requests_total: counter('Requests sent to the receiver', m => m.uplink?.requests),
  lineside_uplink_failures_total: counter('Requests without a receipt', m => m.uplink?.failures),
  lineside_uplink_failing_seconds: gauge('For how long the receiver has taken nothing; 0 while it does', m =>
    m.uplink === undefined ? undefined : (m.uplink.failingForMs ?? 0) / 1000,
  ),
  lineside_uplink_wire_bytes_total: counter(
    'Bytes to the receiver and back, as the budget counts them',
    m => m.uplink?.wireBytes,
  ),
  lineside_uplink_acknowledged_batches_total: counter('Batches that a receipt covered', m => m.uplink?.ackedBatches),
  lineside_uplink_rejected_batches_total: counter('Batches that the receiver rejected', m => m.uplink?.rejectedBatches),
  lineside_tail_listeners: gauge('Those who look on at live samples', m => m.feed.listeners),
  lineside_tail_dropped_samples_total: counter('Live samples that a listener was too slow for', m => m.feed.dropped),
  lineside_uplink_budget_bytes: gauge('Bytes that may be sent this month', m => m.uplink?.budget?.budgetBytes),
  lineside_uplink_budget_spent_bytes: gauge('Bytes of it that are spent', m => m.uplink?.budget?.spentBytes),
  lineside_uplink_budget_wait_seconds: gauge('Until data may be sent again', m =>
    m.uplink?.budget === undefined ? undefined : m.uplink.budget.waitMs / 1000,
  ),
  lineside_clock_synchronised: gauge('1 while somebody vouches for the time', m =>
    Number(m.clock.state === 'synchronised'),
  ),
  lineside_clock_correction_seconds: gauge(
    "Difference of the time that is stamped to the machine's clock",
    m => m.clock.correctionMs / 1000,
  ),
  lineside_clock_jumps_total: counter("How often the machine's clock was set", m => m.clock.jumps),
  lineside_alarms_active: {
    kind: 'gauge',
    help: 'Alarms that are not normal',
    labels: ['priority'],
    rows: m => [...m.alarms].map(([priority, value]) => ({ labels: { priority }, value })),
  },
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

/** One reading serves all that is asked in one turn of the event loop, as all metrics of a scrape are. */
function oncePerTurn<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined
  return () => {
    if (!known) {
      known = { value: read() }
      queueMicrotask(() => (known = undefined))
    }
    return known.value
  }
}

/** A registry that reads everything anew at each scrape. */
export function createRegistry(read: () => Measured): Registry {
  const registry = new Registry()
  registerProcessMetrics(registry)
  const measure = oncePerTurn(read)
  for (const [name, metric] of Object.entries(metrics)) {
    const { help, labels: labelNames } = metric
    const registers = [registry]
    if (metric.kind === 'gauge') {
      const made: Gauge = new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        collect() {
          made.reset()
          for (const row of metric.rows(measure())) made.set(row.labels, row.value)
        },
      })
    } else {
      const made: Counter = new Counter({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        collect() {
          made.reset()
          for (const row of metric.rows(measure())) made.inc(row.labels, row.value)
        },
      })
    }
  }
  return registry
}
