import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createFolder, startProgram, until } from '../../../test/program.ts'
import { median, rounded } from '../figures.ts'
import type { LineCounts } from './line-counts.ts'
import { openSlowLine, type SlowLine } from './slow-line.ts'

/** One length of answers, medians over the runs. */
export interface RtuFigures {
  /** float32 values in each answer. */
  readonly values: number
  readonly requestsPerSecond: number
  /** What the line can carry: frames at the line's rate, 3.5 characters of silence, and the device's own time. */
  readonly ceilingPerSecond: number
  readonly percentOfCeiling: number
  /** From the end of a request to the beginning of its answer, as measured. */
  readonly turnaroundMs: number
  /** By how much the line of the benchmark is late with a request and its answer together. */
  readonly lineLateMs: number
  readonly unanswered: number
  /** Requests before the line was silent for 3.5 characters, or while something was on it. */
  readonly tooSoon: number
}

const baud = 19_200
/** Start bit, eight data bits, parity, stop bit. */
const byteMs = (11 * 1000) / baud
const silenceMs = 3.5 * byteMs
const requestBytes = 8
const units = 4
/** More often than the line can carry: it never waits for a poll to be due. */
const everyMs = 20
const runs = 3
const warmUpMs = 3000
const valueCounts = [1, 10, 50] as const

/** The agent polls units on a pseudo-terminal that is slowed to 19,200 baud as fast as it can. */
export async function benchRtu(seconds: number, say: (text: string) => void): Promise<readonly RtuFigures[]> {
  const all: RtuFigures[] = []
  for (const values of valueCounts) {
    using folder = createFolder({ 'profiles/meter.yaml': profile(values), 'plant.yaml': plant(values) })
    const clientPath = join(folder.path, 'client')
    writeFileSync(join(folder.path, 'lineside.yaml'), config(clientPath))
    await using simulator = startProgram('lineside-sim', ['plant.yaml', '--no-ledger'], folder.path)
    const line = await until(
      () => simulator.output(),
      () => openSlowLine(clientPath, join(folder.path, 'device'), byteMs).catch(() => undefined),
    )
    await using opened = line
    await using agent = startProgram('lineside', ['run', 'lineside.yaml'], folder.path)
    await until(
      () => agent.output(),
      () => (opened.counts().answers > 0 ? true : undefined),
    )
    await wait(warmUpMs)
    const measured: RtuFigures[] = []
    for (let run = 0; run < runs; run++) measured.push(await measure(opened, values, seconds))
    const of = (name: keyof RtuFigures) => median(measured.map(one => one[name]))
    const figures: RtuFigures = {
      values,
      requestsPerSecond: of('requestsPerSecond'),
      ceilingPerSecond: of('ceilingPerSecond'),
      percentOfCeiling: of('percentOfCeiling'),
      turnaroundMs: of('turnaroundMs'),
      lineLateMs: of('lineLateMs'),
      unanswered: of('unanswered'),
      tooSoon: of('tooSoon'),
    }
    all.push(figures)
    say(JSON.stringify(figures))
  }
  return all
}

async function measure(line: SlowLine, values: number, seconds: number): Promise<RtuFigures> {
  const before = line.counts()
  const startMs = performance.now()
  await wait(seconds * 1000)
  const after = line.counts()
  const elapsedMs = performance.now() - startMs
  const grown = (name: keyof LineCounts) => after[name] - before[name]
  const turnaroundMs = grown('turnaroundMs') / Math.max(1, grown('answers'))
  const answerBytes = 5 + 4 * values
  const cycleMs = (requestBytes + answerBytes) * byteMs + turnaroundMs + silenceMs
  const perSecond = (1000 * grown('requests')) / elapsedMs
  return {
    values,
    requestsPerSecond: rounded(perSecond),
    ceilingPerSecond: rounded(1000 / cycleMs),
    percentOfCeiling: rounded((perSecond * cycleMs) / 10),
    turnaroundMs: rounded(turnaroundMs),
    lineLateMs: rounded(grown('lateMs') / Math.max(1, grown('answers'))),
    // One may be under way at the end.
    unanswered: Math.max(0, grown('requests') - grown('answers') - 1),
    tooSoon: grown('tooSoon') + grown('collisions'),
  }
}

function profile(values: number): string {
  const points = Array.from({ length: values }, (_, i) => `  p${i}: { input: ${2 * i}, type: float32, unit: V }`)
  return `profile: bench/meter
vendor: Bench
model: Meter
protocol: modbus
sources: [ { title: made for the benchmark, confidence: high } ]
points:
${points.join('\n')}
`
}

const unitIds = Array.from({ length: units }, (_, i) => i + 1)

function plant(values: number): string {
  const waves = Array.from({ length: values }, (_, i) => `p${i}: { noise: { of: ${200 + i}, spread: 2 } }`)
  return `profiles: ./profiles
links: { line: { modbus_rtu: ./device } }
devices:
${unitIds.map(id => `  d${id}: { profile: bench/meter, link: line, unit_id: ${id}, points: { ${waves.join(', ')} } }`).join('\n')}
`
}

function config(path: string): string {
  return `gateway: bench
profiles: ./profiles
storage: { path: ./buffer, max_size: 1GB }
page: { listen: "127.0.0.1:0" }
links: { line: { modbus_rtu: ${path}, baud: ${baud}, parity: even } }
devices:
${unitIds.map(id => `  d${id}: { profile: bench/meter, link: line, unit_id: ${id}, every: ${everyMs}ms }`).join('\n')}
`
}
