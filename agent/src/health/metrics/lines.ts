import type { LineView } from '../../control/answers.ts'
import type { Measured, Metrics, Row } from './metric.ts'

/** Of links on which devices are polled. */
export const lineMetrics: Metrics = {
  lineside_link_busy_ratio: {
    kind: 'gauge',
    help: 'Share of the time in which a poll was under way on a line, last minute and last 15',
    labels: ['link', 'window'],
    rows: m =>
      m.lines.flatMap(({ link, busy }) => [
        { labels: { link, window: '1m' }, value: busy.lastMinute },
        { labels: { link, window: '15m' }, value: busy.last15Minutes },
      ]),
  },
  lineside_poll_late_seconds: {
    kind: 'histogram',
    help: 'How long after they were due polls began',
    labels: ['link'],
    rows: m => m.lines.flatMap(lateRows),
  },
  lineside_device_busy_seconds_total: {
    kind: 'counter',
    help: 'Time in which a poll of the device was under way on its line',
    labels: ['device'],
    rows: m => perDevice(m, ({ device, busyMs }) => [{ labels: { device }, value: busyMs / 1000 }]),
  },
  lineside_device_interval_wanted_seconds: {
    kind: 'gauge',
    help: 'How often the device is to be polled',
    labels: ['device'],
    rows: m =>
      perDevice(m, ({ device, wantedMs }) =>
        wantedMs === undefined ? [] : [{ labels: { device }, value: wantedMs / 1000 }],
      ),
  },
  lineside_device_interval_seconds: {
    kind: 'gauge',
    help: 'How often the device was polled, median and the longest of 95 in 100, last 15 minutes',
    labels: ['device', 'quantile'],
    rows: m =>
      perDevice(m, ({ device, medianMs, p95Ms }) =>
        medianMs === undefined || p95Ms === undefined
          ? []
          : [
              { labels: { device, quantile: '0.5' }, value: medianMs / 1000 },
              { labels: { device, quantile: '0.95' }, value: p95Ms / 1000 },
            ],
      ),
  },
}

function lateRows({ link, late, lateMs }: LineView): readonly Row[] {
  const buckets = late.map(({ endMs, polls }) => {
    const le = endMs === undefined ? '+Inf' : String(endMs / 1000)
    return { part: 'bucket', labels: { link, le }, value: polls } as const
  })
  return [
    ...buckets,
    { part: 'sum', labels: { link }, value: lateMs / 1000 },
    { part: 'count', labels: { link }, value: late.at(-1)?.polls ?? 0 },
  ]
}

function perDevice({ lines }: Measured, rows: (device: LineView['devices'][number]) => readonly Row[]): readonly Row[] {
  return lines.flatMap(line => line.devices.flatMap(rows))
}
