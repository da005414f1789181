import { setTimeout as wait } from 'node:timers/promises'
import { median, rounded } from './figures.ts'
import { readProcessCost } from './process-cost.ts'
import { type Line, startLine } from './line.ts'
import { runTelegraf } from './telegraf.ts'

/** One polling interval, medians over the runs. */
export interface FieldbusFigures {
  readonly intervalMs: number
  readonly readingsPerSecond: number
  readonly cpuUsPerReading: number
  readonly rssMb: number
  /** Due polls that were not begun, in percent. */
  readonly missedPercent: number
  readonly bytesPerReadingOnWire: number
  readonly bytesPerReadingOnDisk: number
  /** Present where a Telegraf is there to be measured in the same run. */
  readonly telegrafCpuUsPerReading?: number
  /** Ours over Telegraf's. */
  readonly ratio?: number
}

const devices = 20
const points = 50
const intervals = [1000, 100, 20] as const
const runs = 3
/** Until caches, compilers and the buffer have settled: code that runs a few times a second is compiled late. */
const warmUpMs = 30_000

/** 20 Modbus TCP devices × 50 float32 points, with detectors, buffer and upload, at three intervals. */
export async function benchFieldbus(seconds: number, say: (text: string) => void): Promise<readonly FieldbusFigures[]> {
  const all: FieldbusFigures[] = []
  for (const intervalMs of intervals) {
    await using line = await startLine({ devices, points, intervalMs })
    await wait(warmUpMs)
    const measured: Omit<FieldbusFigures, 'intervalMs'>[] = []
    for (let run = 0; run < runs; run++) measured.push(await measure(line, seconds))
    const of = (name: keyof Omit<FieldbusFigures, 'intervalMs'>) => median(measured.map(one => one[name] ?? Number.NaN))
    const telegraf = await runTelegraf({ devices, points, intervalMs, ports: line.modbusPorts, seconds })
    const figures: FieldbusFigures = {
      intervalMs,
      readingsPerSecond: Math.round(of('readingsPerSecond')),
      cpuUsPerReading: of('cpuUsPerReading'),
      rssMb: Math.round(of('rssMb')),
      missedPercent: of('missedPercent'),
      bytesPerReadingOnWire: of('bytesPerReadingOnWire'),
      bytesPerReadingOnDisk: of('bytesPerReadingOnDisk'),
      ...(telegraf === undefined
        ? {}
        : { telegrafCpuUsPerReading: telegraf, ratio: rounded(of('cpuUsPerReading') / telegraf) }),
    }
    all.push(figures)
    say(JSON.stringify(figures))
  }
  return all
}

async function measure(line: Line, seconds: number): Promise<Omit<FieldbusFigures, 'intervalMs'>> {
  const before = { cost: readProcessCost(line.agentPid), counts: await line.counts(), at: performance.now() }
  await wait(seconds * 1000)
  const after = { cost: readProcessCost(line.agentPid), counts: await line.counts(), at: performance.now() }
  const readings = after.counts.readings - before.counts.readings
  const polls = after.counts.polls - before.counts.polls
  const missed = after.counts.missed - before.counts.missed
  const per = (to: number, from: number) => rounded((to - from) / readings)
  return {
    readingsPerSecond: (readings * 1000) / (after.at - before.at),
    cpuUsPerReading: per(after.cost.cpuUs, before.cost.cpuUs),
    rssMb: after.cost.rssBytes / 1e6,
    missedPercent: rounded((100 * missed) / Math.max(1, polls + missed)),
    bytesPerReadingOnWire: per(after.counts.wireBytes, before.counts.wireBytes),
    bytesPerReadingOnDisk: per(after.cost.writtenBytes, before.cost.writtenBytes),
  }
}
