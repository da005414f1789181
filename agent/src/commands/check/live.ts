import { systemClock } from '@lineside/contract'
import { pino } from 'pino'
import type { AgentConfig } from '../../config/types.ts'
import type { Answer } from '../../control/answers.ts'
import { askAgent } from '../../control/ask.ts'
import { asked, type DeviceBase, type DeviceRead, fewWords } from '../../explore/device-read.ts'
import { readEach } from '../../explore/read-each.ts'
import { formatColumns } from '../terminal/columns.ts'
import type { CommandIo } from '../command.ts'
import { createProgress, untilInterrupted } from '../terminal/lasting.ts'

export type LiveChecked =
  | { readonly ok: true; readonly devices: readonly DeviceRead[]; readonly isInterrupted: boolean }
  | { readonly ok: false; readonly text: string }

/** Reads each device once: through the running agent where there is one, else on connections of its own. */
export async function checkLive(config: AgentConfig, waitMs: number, io: CommandIo): Promise<LiveChecked> {
  using interrupted = untilInterrupted(io)
  using progress = createProgress(io, process.stderr.isTTY)
  const agent = await askAgent(config.storage.path, 'status')
  if (!agent.ok && !agent.noAgent) return { ok: false, text: agent.text }
  const { signal } = interrupted
  let begun = 0
  const begin = (device: string, how: 'asked' | 'heard') =>
    progress.say(`${how === 'asked' ? 'reading' : 'listening to'} ${device}, ${++begun} of ${config.devices.size}`)
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
  begin: (device: string, how: 'asked') => void,
): Promise<readonly DeviceRead[]> {
  const lines = Map.groupBy(devices.values(), device => device.link)
  const read = new Map<string, DeviceRead>()
  const readLine = async (line: NonNullable<ReturnType<typeof lines.get>>) => {
    for (const { name, link, points } of line) {
      if (signal.aborted) return
      begin(name, 'asked')
      const base = { device: name, link, points: [...points.keys()] }
      const answer = await askAgent(storage.path, 'read', { device: name, points: [] })
      read.set(name, answer.ok ? fromAgent(base, answer.body) : asked(base, nothing, answer.text))
    }
  }
  await Promise.all([...lines.values()].map(readLine))
  return [...devices.keys()].flatMap(name => read.get(name) ?? [])
}

const nothing: NonNullable<DeviceRead['read']> = { values: {}, quality: {} }

function fromAgent(whole: DeviceBase, read: Answer<'read'>): DeviceRead {
  const { readings, source, isOffline = false, reason, tookMs, absent = [] } = read
  const base = { ...whole, points: whole.points.filter(point => !absent.includes(point)) }
  const values = Object.fromEntries(readings.flatMap(r => (r.value === undefined ? [] : [[r.point, r.value]])))
  const quality = Object.fromEntries(readings.flatMap(r => (r.quality === undefined ? [] : [[r.point, r.quality]])))
  const result = asked(base, { values, quality }, reason, tookMs)
  if (source === 'asked') return result
  // What it said before says nothing of now.
  if (isOffline) return asked(base, nothing, reason)
  const isSilent = result.verdict === 'bad' && base.points.every(point => point in values || !(point in quality))
  return isSilent ? { ...result, verdict: 'silent' } : result
}

/** 4 where nothing is wrong and yet not every device was heard. */
export function liveStatus(devices: readonly DeviceRead[]): 0 | 1 | 4 {
  if (devices.some(({ verdict }) => verdict === 'bad')) return 1
  return devices.every(({ verdict }) => verdict === 'good') ? 0 : 4
}

/** Points with a value, and those that lack one though they should have it. */
function judge({ points, read, verdict }: DeviceRead): { readonly good: number; readonly bad: readonly string[] } {
  if (!read) return { good: 0, bad: [] }
  const lacking = points.filter(point => !(point in read.values))
  return { good: points.length - lacking.length, bad: verdict === 'silent' ? [] : lacking }
}

/** A line for each device, for people. */
export function liveText(devices: readonly DeviceRead[]): string {
  const rows = devices.map(device => {
    const { good, bad } = judge(device)
    const counts = device.read ? [String(good), String(bad.length)] : ['-', '-']
    return [device.device, device.link, ...counts, device.reason ?? badWords(device, bad)]
  })
  return `${formatColumns([['DEVICE', 'LINK', 'GOOD', 'BAD', 'WHY'], ...rows])}${verdictOf(devices)}\n`
}

function badWords({ read }: DeviceRead, bad: readonly string[]): string {
  return fewWords(bad.map(point => [point, read?.quality[point]?.replace('bad:', '') ?? 'missing']))
}

const remarks: Readonly<Record<Exclude<DeviceRead['verdict'], 'good'>, string>> = {
  bad: 'with points that have no value',
  silent: 'silent so far (longer: --wait)',
  unread: 'not looked at',
}

function verdictOf(devices: readonly DeviceRead[]): string {
  if (devices.length === 0) return 'no device was read'
  const of = (wanted: DeviceRead['verdict']) => devices.filter(({ verdict }) => verdict === wanted).length
  const read = `${of('good') + of('bad')} of ${devices.length} devices read`
  if (of('good') === devices.length) return `${read}: every point has a value`
  const others = (['bad', 'silent', 'unread'] as const).filter(verdict => of(verdict) > 0)
  return `${read}: ${others.map(verdict => `${of(verdict)} ${remarks[verdict]}`).join(', ')}`
}
