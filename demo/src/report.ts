import type { Value } from '@lineside/contract'
import { compareLedger, type Reply } from 'lineside-sim'
import type { ArchiveContent } from './archive.ts'

/** What a run came to. All counts are readings. */
export interface Report {
  /** Given by the devices. */
  readonly produced: number
  /** Committed by the agent. */
  readonly committed: number
  /** Found in the archive exactly once, with the very value. */
  readonly stored: number
  readonly lost: number
  readonly duplicated: number
  readonly altered: number
  /** In ms since the first value. */
  readonly alarms: readonly { readonly device: string; readonly alarm: string; readonly raisedAfterMs: number }[]
  /** Readings stored from each kind of source. */
  readonly sources: Readonly<Record<Source, number>>
  readonly archive: { readonly objects: number; readonly rows: number }
  /** Bytes of request bodies over the readings stored. */
  readonly bytesPerReading: number
  readonly agent: { readonly cpuUsPerReading: number; readonly rssMb: number }
}

export const sources = ['modbus', 'serial', 'mqtt'] as const
export type Source = (typeof sources)[number]

export interface Evidence {
  readonly ledger: readonly Reply[]
  readonly archive: ArchiveContent
  readonly alarms: Report['alarms']
  /** Which kind of source each device is. */
  readonly sourceOf: ReadonlyMap<string, Source>
  readonly committed: number
  readonly wireBytes: number
  readonly cpuMs: number
  readonly rssBytes: number
}

/** Compares the archive with the simulator's own ledger, value by value. */
export function makeReport(evidence: Evidence): Report {
  const { archive } = evidence
  const ledger = evidence.ledger.map(reply => ({ ...reply, points: asArchived(reply.points) }))
  const { produced, stored, lost, duplicated, altered } = compareLedger(ledger, archive.samples)
  const perSource: Record<Source, number> = { modbus: 0, serial: 0, mqtt: 0 }
  for (const sample of archive.samples) {
    const source = evidence.sourceOf.get(sample.device)
    if (source) perSource[source] += Object.keys(sample.points).length
  }
  const per = (total: number) => (stored === 0 ? 0 : Math.round((total / stored) * 100) / 100)
  return {
    produced,
    committed: evidence.committed,
    stored,
    lost,
    duplicated,
    altered,
    alarms: evidence.alarms,
    sources: perSource,
    archive: { objects: archive.objects, rows: archive.rows },
    bytesPerReading: per(evidence.wireBytes),
    agent: { cpuUsPerReading: per(evidence.cpuMs * 1000), rssMb: Math.round(evidence.rssBytes / 1e6) },
  }
}

/** The archive keeps true as 1 and false as 0. */
function asArchived(points: Readonly<Record<string, Value>>): Record<string, Value> {
  const entries = Object.entries(points)
  return Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]))
}

/** What is wrong with a run; empty where every reading arrived exactly once, an alarm came and all sources were read. */
export function shortcomings(report: Report): string[] {
  const found: string[] = []
  for (const name of ['lost', 'duplicated', 'altered'] as const) {
    if (report[name] !== 0) found.push(`${report[name]} readings ${name}`)
  }
  if (report.stored === 0) found.push('nothing was stored')
  if (report.alarms.length === 0) found.push('no alarm came')
  for (const source of sources) if (report.sources[source] === 0) found.push(`nothing was read over ${source}`)
  return found
}

/** The last words of the demo. */
export function summaryLines(report: Report): string[] {
  const alarms = report.alarms.map(a => `${a.device} ${a.alarm} after ${(a.raisedAfterMs / 1000).toFixed(1)} s`)
  return [
    `${counted(report.produced)} readings given by the devices, ${counted(report.stored)} stored in the archive exactly once`,
    `${report.lost} lost, ${report.duplicated} duplicated, ${report.altered} altered (compared value by value)`,
    `alarms: ${alarms.length === 0 ? 'none' : alarms.join(', ')}`,
    `${report.bytesPerReading} bytes a reading on the wire; the agent took ${report.agent.cpuUsPerReading} µs of CPU a reading and ${report.agent.rssMb} MB`,
  ]
}

function counted(readings: number): string {
  return readings.toLocaleString('en-US')
}
