import type { LinkStatus } from '../../links/link.ts'
import type { Measured, Metric, Metrics, Row } from './metric.ts'

type DeviceStatus = LinkStatus['devices'][number]

export const linkMetrics: Metrics = {
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
    rows: m => perLink(m, 'event', link => link.counters),
  },
  lineside_link_level: {
    kind: 'gauge',
    help: 'What is on a link at this moment: connected clients, messages that wait',
    labels: ['link', 'what'],
    rows: m => perLink(m, 'what', link => link.levels ?? {}),
  },
}

export const deviceMetrics: Metrics = {
  lineside_device_up: {
    kind: 'gauge',
    help: '1 while the device answers',
    labels: ['device'],
    rows: m => perDevice(m, device => Number(device.state === 'online')),
  },
  lineside_device_polls_total: counted('Polls begun, or messages received', 'polls'),
  lineside_device_polls_failed_total: counted(
    'Polls in which no request was answered, or messages that could not be read',
    'failed',
  ),
  lineside_device_polls_missed_total: counted('Due polls that were not begun', 'missed'),
  lineside_device_overruns_total: counted('Polls skipped because the one before was still running', 'overruns'),
  lineside_device_probes_total: counted('Questions to find out whether an offline device is back', 'probes'),
  lineside_device_bad_readings_total: counted('Readings of bad quality', 'badReadings'),
  lineside_device_refused_points: {
    kind: 'gauge',
    help: 'Points that the device refuses to give',
    labels: ['device'],
    rows: m => perDevice(m, ({ refused = [] }) => refused.reduce((sum, { points }) => sum + points.length, 0)),
  },
}

function perLink(
  { links }: Measured,
  label: string,
  figures: (link: LinkStatus) => Readonly<Record<string, number>>,
): readonly Row[] {
  return links.flatMap(link =>
    Object.entries(figures(link)).map(([name, value]) => ({
      labels: { link: link.name, [label]: snakeCase(name) },
      value,
    })),
  )
}

function perDevice({ links }: Measured, read: (device: DeviceStatus) => number): readonly Row[] {
  return links.flatMap(link => link.devices.map(device => ({ labels: { device: device.name }, value: read(device) })))
}

function counted(help: string, name: keyof DeviceStatus['counters']): Metric {
  return { kind: 'counter', help, labels: ['device'], rows: m => perDevice(m, ({ counters }) => counters[name]) }
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}
