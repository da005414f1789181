import { systemClock } from '@lineside/contract'
import { pino } from 'pino'
import type { AgentConfig } from '../config/types.ts'
import { type DeviceRead, readEach } from '../explore/read-each.ts'
import { formatColumns } from './columns.ts'
import type { CommandIo } from './command.ts'
import { askAgent } from './control-client.ts'
import { createProgress, untilInterrupted } from './lasting.ts'
import { readAnswer } from './read.ts'

export type LiveChecked =
  | { readonly ok: true; readonly devices: readonly DeviceRead[]; readonly isInterrupted: boolean }
  | { readonly ok: false; readonly text: string }

/** A long list of points on a slow line, each of which stays silent. */
const agentTimeoutMs = 120_000
const mostBad = 3

/** Reads each device once: through the running agent where there is one, else on connections of its own. */
export async function checkLive(config: AgentConfig, waitMs: number, io: CommandIo): Promise<LiveChecked> {
  const agent = await askAgent(config.storage.path, 'GET', '/status')
  if (!agent.ok && !agent.noAgent) return { ok: false, text: agent.text }
  using interrupted = untilInterrupted(io)
  using progress = createProgress(io, process.stderr.isTTY)
  const { signal } = interrupted
  let begun = 0
  const begin = (device: string) => progress.say(`reading ${device}, ${++begun} of ${config.devices.size}`)
  const devices = agent.ok
    ? await throughAgent(config, signal, begin)
    : await readEach({
        config,
        clock: systemClock,
        random: Math.random,
        log: pino({ enabled: false }),
        signal,
        waitMs,
        begin,
      })
  return { ok: true, devices, isInterrupted: signal.aborted }
}

/** Lines side by side, the devices of a line one after the other, as they are without the agent. */
async function throughAgent(
  { storage, devices }: AgentConfig,
  signal: AbortSignal,
  begin: (device: string) => void,
): Promise<readonly DeviceRead[]> {
  const lines = Map.groupBy(devices.values(), device => device.link)
  const read = new Map<string, DeviceRead>()
  const readLine = async (line: NonNullable<ReturnType<typeof lines.get>>) => {
    for (const { name, link, points } of line) {
      if (signal.aborted) return
      begin(name)
      const base = { device: name, link, points: [...points.keys()] }
      const answer = await askAgent(storage.path, 'POST', '/read', { device: name, points: [] }, agentTimeoutMs)
      read.set(name, answer.ok ? fromAgent(base, answer.body) : { ...base, read: nothing, reason: answer.text })
    }
  }
  await Promise.all([...lines.values()].map(readLine))
  return [...devices.keys()].flatMap(name => read.get(name) ?? [])
}

const nothing: NonNullable<DeviceRead['read']> = { values: {}, quality: {} }

function fromAgent(base: Pick<DeviceRead, 'device' | 'link' | 'points'>, body: unknown): DeviceRead {
  const { readings, reason, tookMs, absent = [] } = readAnswer.parse(body)
  const points = base.points.filter(point => !absent.includes(point))
  const values = Object.fromEntries(readings.flatMap(r => (r.value === undefined ? [] : [[r.point, r.value]])))
  const quality = Object.fromEntries(readings.flatMap(r => (r.quality === undefined ? [] : [[r.point, r.quality]])))
  return { ...base, points, read: { values, quality }, reason, tookMs }
}

/** Points with a value, and those without one. */
export function judge({ points, read }: DeviceRead): { readonly good: number; readonly bad: readonly string[] } {
  if (!read) return { good: 0, bad: [] }
  const bad = points.filter(point => !(point in read.values))
  return { good: points.length - bad.length, bad }
}

/** A line for each device, for people. */
export function liveText(devices: readonly DeviceRead[]): string {
  const rows = devices.map(device => {
    const { good, bad } = judge(device)
    const counts = device.read ? [String(good), String(bad.length)] : ['-', '-']
    return [device.device, device.link, ...counts, device.reason ?? badWords(device, bad)]
  })
  const asked = devices.filter(({ read }) => read)
  const wrong = asked.filter(device => judge(device).bad.length > 0).length
  const verdict = wrong === 0 ? 'every point has a value' : `${wrong} with points that have no value`
  const head = `${asked.length} of ${devices.length} devices read: ${verdict}\n`
  return `${formatColumns([['DEVICE', 'LINK', 'GOOD', 'BAD', 'WHY'], ...rows])}${head}`
}

function badWords({ read }: DeviceRead, bad: readonly string[]): string {
  const shown = bad.slice(0, mostBad).map(point => `${point} ${read?.quality[point]?.replace('bad:', '') ?? 'missing'}`)
  return bad.length > mostBad ? `${shown.join(', ')} and ${bad.length - mostBad} more` : shown.join(', ')
}
