import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { rounded } from './figures.ts'
import { startLine } from './line.ts'
import { readProcessCost } from './process-cost.ts'

export interface StallingDiskFigures {
  readonly devices: number
  readonly points: number
  readonly intervalMs: number
  /** Share of one core. */
  readonly cpuPercent: number
  readonly rssMb: number
  /** Polls that began at most 20 ms after they were due; 99 is asked for. */
  readonly punctualPercent: number
  readonly missedPercent: number
}

const plant = { devices: 200, points: 50, intervalMs: 1000 } as const
const warmUpMs = 20_000

/** Many devices, while each second sync of the buffer's disk takes two seconds. Needs a C compiler. */
export async function benchStallingDisk(seconds: number): Promise<StallingDiskFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-stall-'))
  try {
    const preload = join(folder, 'stalling-disk.so')
    const source = join(import.meta.dirname, 'stalling-disk.c')
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', preload, source, '-ldl'], { stdio: 'inherit' })
    await using line = await startLine({ ...plant, preload })
    await wait(warmUpMs)
    const before = { cost: readProcessCost(line.agentPid), counts: await line.counts() }
    await wait(seconds * 1000)
    const after = { cost: readProcessCost(line.agentPid), counts: await line.counts() }
    const since = (name: keyof typeof after.counts) => after.counts[name] - before.counts[name]
    return {
      ...plant,
      cpuPercent: rounded((after.cost.cpuUs - before.cost.cpuUs) / seconds / 10_000),
      rssMb: Math.round(after.cost.rssBytes / 1e6),
      punctualPercent: rounded((100 * since('punctual')) / since('began')),
      missedPercent: rounded((100 * since('missed')) / Math.max(1, since('polls') + since('missed'))),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
