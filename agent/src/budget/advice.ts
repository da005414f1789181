import { formatDuration } from '@lineside/settings'
import type { DeviceConfig, ModbusLinkConfig } from '../config/types.ts'
import { baudRates } from '../config/links/line.ts'
import { type LineBudget, lineBudget, shareForPolls } from './line-budget.ts'

/** A line that is loaded less than this has room for a bad day. */
const comfortable = 0.8
/** Intervals that people write. */
const usualIntervals = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000]

export interface Verdict {
  /** `over`: it can't keep its intervals; `tight`: it can while all is well. */
  readonly state: 'fine' | 'tight' | 'over'
  /** Sentences for people; none where all is fine. */
  readonly lines: readonly string[]
}

/** Whether a line can keep its intervals, and what would let it. */
export function judgeLine(budget: LineBudget, link: ModbusLinkConfig, devices: readonly DeviceConfig[]): Verdict {
  const state = budget.load > shareForPolls ? 'over' : budget.load > comfortable ? 'tight' : 'fine'
  const waits = longPoll(budget, link)
  if (state === 'fine') return { state, lines: waits }
  const what = state === 'over' ? "it can't keep its intervals" : 'it keeps its intervals, with nothing to spare'
  const fixes = [longerInterval(budget), higherBaud(link, devices), biggestSpender(budget)]
  const indented = fixes.flatMap(fix => (fix === undefined ? [] : [`  ${fix}`]))
  return { state, lines: [`${what}; one of these helps:`, ...indented, ...waits] }
}

function longerInterval({ everyMs, load }: LineBudget): string | undefined {
  const wanted = usualIntervals.find(interval => interval >= (everyMs * load) / comfortable)
  if (wanted === undefined) return undefined
  const left = percent((load * everyMs) / wanted)
  const now = formatDuration(everyMs)
  return `every: ${formatDuration(wanted)} where it is ${now}, and all others as much longer: ${left}`
}

function higherBaud(link: ModbusLinkConfig, devices: readonly DeviceConfig[]): string | undefined {
  if (link.kind !== 'modbus_rtu') return undefined
  const { port } = link
  for (const baud of baudRates) {
    if (baud <= port.baud) continue
    const load = lineBudget({ ...link, port: { ...port, baud } }, devices)?.load ?? 0
    if (load <= comfortable) return `baud: ${baud} here and in every device: ${percent(load)}`
  }
  return undefined
}

function biggestSpender({ devices }: LineBudget): string | undefined {
  const [most] = devices
  if (!most) return undefined
  const requests = `${most.wholeRequests} ${most.wholeRequests === 1 ? 'request' : 'requests'}`
  return `fewer points of ${most.device}, which takes ${percent(most.share)}: ${requests} for ${most.points} points`
}

/** A poll is not interrupted: what is due meanwhile on a line with one request at a time waits. */
function longPoll({ devices, everyMs }: LineBudget, link: ModbusLinkConfig): readonly string[] {
  if (link.kind === 'modbus_tcp' && link.maxInFlight > 1) return []
  const longest = devices.toSorted((a, b) => b.wholeMs - a.wholeMs)[0]
  if (!longest || longest.wholeMs <= everyMs) return []
  const [took, every] = [seconds(longest.wholeMs), formatDuration(everyMs)]
  return [
    `a poll of all points of ${longest.device} takes ${took}, and what is wanted every ${every} on this line waits for it`,
  ]
}

/** `41 %`. */
export function percent(share: number): string {
  return `${share > 0 && share < 0.01 ? '< 1' : Math.round(share * 100)} %`
}

/** `412 ms`, `1.3 s`. */
export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
}
