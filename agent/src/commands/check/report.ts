import { isSunspec } from '@lineside/device-profiles'
import { formatDuration, formatProblem, formatSize } from '@lineside/settings'
import type { LoadedConfig } from '../../config/load.ts'
import { isPolled } from '../../config/devices/points.ts'
import type { AgentConfig, DeviceConfig, LinkConfig } from '../../config/types.ts'
import { unstableName } from '../../links/channel/serial-port-errors.ts'
import { counted, rounded } from '../terminal/counted.ts'
import { type LineLoad, lineLoads } from './line-loads.ts'

export interface CheckReport {
  /** Lines for a terminal, each ended. */
  readonly text: string
  /** 1 where anything is wrong; 3 where only a line can't keep its intervals; else 0. */
  readonly exitCode: 0 | 1 | 3
  readonly loads: readonly LineLoad[]
}

/**
 * What `lineside check` prints: every problem, then what would run. Files below `folder` are named from there; `refusal`:
 * why the agent would not start although the configuration is right.
 */
export function checkReport(
  { config, problems, broken }: LoadedConfig,
  folder?: string,
  refusal?: string,
): CheckReport {
  const lines = problems.map(problem => formatProblem({ ...problem, file: shortened(problem.file, folder) }))
  if (refusal !== undefined) lines.push(refusal)
  const count = lines.length
  if (count > 0) lines.push('', verdict(refusal === undefined ? config : undefined, count, broken.length))
  const loads = config === undefined ? [] : lineLoads(config)
  if (config !== undefined) lines.push(...summary(config, loads, count > 0))
  const isOver = loads.some(load => load.isOver)
  return { text: `${lines.join('\n')}\n`, exitCode: count > 0 ? 1 : isOver ? 3 : 0, loads }
}

function shortened(file: string, folder: string | undefined): string {
  return folder !== undefined && file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file
}

function verdict(config: AgentConfig | undefined, problems: number, broken: number): string {
  const found = counted(problems, 'problem')
  if (config === undefined) return `${found}: the agent would not start`
  return broken === 0 ? found : `${found}: ${counted(broken, 'device')} would not run`
}

function summary(config: AgentConfig, loads: readonly LineLoad[], despite: boolean): readonly string[] {
  const devices = [...config.devices.values()]
  const points = devices.reduce((sum, device) => sum + device.points.size, 0)
  // Which of its points a SunSpec device has is known when it answers.
  const isCertain = devices.every(({ profile }) => !isSunspec(profile))
  const alarms = devices.reduce((sum, device) => sum + device.alarms.length + device.detect.length, 0)
  const { storage, cloud } = config
  return [
    `${config.gateway}: ${despite ? 'what would run' : 'no problems'}`,
    `  ${counted(config.links.size, 'link')}, ${counted(devices.length, 'device')}, ${isCertain ? '' : 'at most '}${counted(points, 'point')}, ${counted(alarms, 'alarm')}`,
    ...[...config.links.values()].flatMap(link => [
      ...linkLines(link.name, devices, loads),
      ...portRemarks(link),
      ...devices.flatMap(device => (device.link === link.name ? slowedRemarks(device) : [])),
    ]),
    `  buffer ${storage.path}, at most ${formatSize(storage.maxSizeBytes)}`,
    `  cloud ${cloud === undefined ? 'none' : cloud.url.href}`,
  ]
}

function linkLines(link: string, all: readonly DeviceConfig[], loads: readonly LineLoad[]): readonly string[] {
  const devices = all.filter(device => device.link === link)
  const head = `  ${link}: ${counted(devices.length, 'device')}`
  const load = loads.find(candidate => candidate.link === link)
  if (load) return [`${head}, ${load.text}`, ...load.remarks.map(remark => `    ${remark}`)]
  const rate = devices.reduce((sum, device) => sum + requestsPerSecond(device), 0)
  const asked = rate === 0 ? '' : `, ${rounded(rate)} ${rate === 1 ? 'request' : 'requests'} a second`
  return [`${head}${asked}`]
}

/** Where what is written for a device has no effect: its profile has every point read more rarely. */
function slowedRemarks({ name, points }: DeviceConfig): readonly string[] {
  const all = [...points.values()]
  if (!all.every(point => point.slowedFromMs !== undefined)) return []
  const shortest = formatDuration(Math.min(...all.map(point => point.everyMs)))
  return [`    ${name}: read every ${shortest}, as its profile says; an every at its points changes that`]
}

function portRemarks(link: LinkConfig): readonly string[] {
  const remark = 'host' in link ? undefined : unstableName(link.port.path)
  return remark === undefined ? [] : [`    ${remark}`]
}

/** Of a serial device that is asked; points that fall due together count as one request. */
function requestsPerSecond({ profile, points }: DeviceConfig): number {
  if (!isPolled(profile)) return 0
  const intervals = new Set([...points.values()].map(point => point.everyMs))
  return [...intervals].reduce((rate, everyMs) => rate + 1000 / everyMs, 0)
}
