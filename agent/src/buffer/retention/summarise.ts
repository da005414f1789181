import { isKind, parseJson, stringifyJson } from '@lineside/contract'
import type { Entry, PointSummary, Sample, SummaryEntry } from '@lineside/contract'
import type { StoredBatch } from '../batch/stored-text.ts'

/** Says whether a point is a counter. */
export type IsCounter = (device: string, point: string) => boolean

/** What is left of some batches when their fast analog values were thinned. */
export interface Thinned {
  /** Entries that are passed on, each with the name of its batch. */
  readonly passedOn: readonly string[]
  /** Characters of them, without those names. */
  readonly left: number
  /** One a device and window, without the names of the batches that it stands for. */
  readonly summaries: readonly Omit<SummaryEntry, 'names'>[]
  /** Readings that summaries stand for. */
  readonly readings: number
}

/** One summary stands for at most so long. */
export const windowMs = 60_000
/** A point with fewer readings a window isn't fast: a summary would take as much as they do. */
const leastReadings = 3

interface Window {
  readonly clock?: NonNullable<Sample['clock']>
  t: number
  until: number
  readonly points: Map<string, { min: number; max: number; mean: number; count: number }>
}

/**
 * Puts min, max, mean and count in place of good numeric readings of points that are no counters and come at least three
 * times a minute. Everything else stays as it was committed: counters, texts, states, numbers of doubtful quality, bad
 * readings, slow points, descriptions.
 */
export function summarise(batches: readonly StoredBatch[], isCounter: IsCounter): Thinned {
  const parsed = batches.flatMap(({ stream, seq, lines }) =>
    lines.map(line => {
      const sample = sampleOf(line)
      return { stream, seq, line, sample, window: sample && windowOf(sample) }
    }),
  )
  const windows = new Map<string, Window>()
  for (const { sample, window } of parsed)
    if (sample && window !== undefined) collect(windows, window, sample, isCounter)
  for (const [key, { points }] of windows) {
    for (const [name, { count }] of points) if (count < leastReadings) points.delete(name)
    if (points.size === 0) windows.delete(key)
  }
  const passedOn: string[] = []
  let readings = 0
  let textLeft = 0
  for (const { stream, seq, line, sample, window } of parsed) {
    const thinned = window === undefined ? undefined : windows.get(window)?.points
    const left = sample && thinned ? without(sample, thinned) : sample
    if (sample && left !== sample)
      readings += Object.keys(sample.values).length - Object.keys(left?.values ?? {}).length
    const text = left === sample ? line : left && stringifyJson(left)
    if (text === undefined) continue
    textLeft += text.length + 1
    passedOn.push(passOn(text, stream, seq))
  }
  return { passedOn, left: textLeft, summaries: [...windows].map(([key, window]) => summaryOf(key, window)), readings }
}

/** The line with the name of the batch that it was first committed in. */
export function passOn(line: string, stream: string, seq: number): string {
  if (line.includes('"fromBatch":{')) return line
  return `${line.slice(0, -1)},"fromBatch":{"stream":"${stream}","seq":${seq}}}`
}

export function sampleOf(line: string): Sample | undefined {
  if (!line.startsWith('{"k":"sample"')) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the checksum says that it is what was committed
  const entry = parseJson(line) as Entry
  return isKind(entry, 'sample') ? entry : undefined
}

function collect(windows: Map<string, Window>, key: string, sample: Sample, isCounter: IsCounter): void {
  const { device, t, clock, values, quality } = sample
  for (const [point, value] of Object.entries(values)) {
    if (typeof value !== 'number' || quality?.[point] !== undefined || isCounter(device, point)) continue
    let window = windows.get(key)
    if (!window)
      windows.set(key, (window = { ...(clock === undefined ? {} : { clock }), t, until: t, points: new Map() }))
    window.t = Math.min(window.t, t)
    window.until = Math.max(window.until, t)
    const known = window.points.get(point)
    if (!known) {
      window.points.set(point, { min: value, max: value, mean: value, count: 1 })
      continue
    }
    known.count++
    known.min = Math.min(known.min, value)
    known.max = Math.max(known.max, value)
    // In parts, which can't overflow.
    known.mean = known.mean * ((known.count - 1) / known.count) + value / known.count
  }
}

/** What is left of a sample; undefined where nothing is. */
function without(sample: Sample, thinned: Window['points']): Sample | undefined {
  const left = Object.entries(sample.values).filter(
    ([point, value]) => typeof value !== 'number' || sample.quality?.[point] !== undefined || !thinned.has(point),
  )
  if (left.length === Object.keys(sample.values).length) return sample
  const hasQuality = Object.keys(sample.quality ?? {}).length > 0
  return left.length === 0 && !hasQuality ? undefined : { ...sample, values: Object.fromEntries(left) }
}

/** What is in one summary was taken by one clock. */
function windowOf({ device, t, clock }: Sample): string {
  return `${Math.floor(t / windowMs)}${clock ?? ''} ${device}`
}

function summaryOf(key: string, { clock, t, until, points }: Window): Omit<SummaryEntry, 'names'> {
  const device = key.slice(key.indexOf(' ') + 1)
  const rounded = [...points].map(([point, { min, max, mean, count }]): [string, PointSummary] => [
    point,
    { min, max, mean: Math.min(max, Math.max(min, Number(mean.toPrecision(9)))), count },
  ])
  const mark = clock === undefined ? {} : { clock }
  return { k: 'summary', t, until, device, ...mark, points: Object.fromEntries(rounded) }
}
