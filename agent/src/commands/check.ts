import { compileModbusReader } from '@lineside/device-profiles'
import { formatProblem, formatSize } from '@lineside/settings'
import type { LoadedConfig } from '../config/load.ts'
import { isPolled } from '../config/points.ts'
import type { AgentConfig, DeviceConfig } from '../config/types.ts'

export interface CheckReport {
  /** Lines for a terminal, each ended. */
  readonly text: string
  /** 1 where anything is wrong, else 0. */
  readonly exitCode: 0 | 1
}

/** What `lineside check` prints: every problem, then what would run. Files below `folder` are named from there. */
export function checkReport({ config, problems, broken }: LoadedConfig, folder?: string): CheckReport {
  const lines = problems.map(problem => formatProblem({ ...problem, file: shortened(problem.file, folder) }))
  if (lines.length > 0) lines.push('', verdict(config, problems.length, broken.length))
  if (config !== undefined) lines.push(...summary(config, problems.length > 0))
  return { text: `${lines.join('\n')}\n`, exitCode: problems.length > 0 ? 1 : 0 }
}

function shortened(file: string, folder: string | undefined): string {
  return folder !== undefined && file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file
}

function verdict(config: AgentConfig | undefined, problems: number, broken: number): string {
  const found = counted(problems, 'problem')
  if (config === undefined) return `${found}: the agent would not start`
  return broken === 0 ? found : `${found}: ${counted(broken, 'device')} would not run`
}

function summary(config: AgentConfig, despite: boolean): readonly string[] {
  const devices = [...config.devices.values()]
  const points = devices.reduce((sum, device) => sum + device.points.size, 0)
  const alarms = devices.reduce((sum, device) => sum + device.alarms.length + device.detect.length, 0)
  const { storage, cloud } = config
  return [
    `${config.gateway}: ${despite ? 'what would run' : 'no problems'}`,
    `  ${counted(config.links.size, 'link')}, ${counted(devices.length, 'device')}, ${counted(points, 'point')}, ${counted(alarms, 'alarm')}`,
    ...[...config.links.values()].map(link => linkLine(link.name, devices)),
    `  buffer ${storage.path}, at most ${formatSize(storage.maxSizeBytes)}`,
    `  cloud ${cloud === undefined ? 'none' : cloud.url.href}`,
  ]
}

function linkLine(link: string, all: readonly DeviceConfig[]): string {
  const devices = all.filter(device => device.link === link)
  const rate = devices.reduce((sum, device) => sum + requestsPerSecond(device), 0)
  const asked = rate === 0 ? '' : `, ${rounded(rate)} ${rate === 1 ? 'request' : 'requests'} a second`
  return `  ${link}: ${counted(devices.length, 'device')}${asked}`
}

/** Points that fall due together share requests; an interval that another divides is counted as if it didn't. */
function requestsPerSecond({ profile, points, params }: DeviceConfig): number {
  if (!isPolled(profile)) return 0
  const groups = Map.groupBy(points.values(), point => point.everyMs)
  const reader = profile.protocol === 'modbus' ? compileModbusReader(profile, { params }) : undefined
  let rate = 0
  for (const [everyMs, group] of groups) {
    const requests = reader === undefined ? 1 : reader.plan(group.map(point => point.name)).length
    rate += (requests * 1000) / everyMs
  }
  return rate
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function rounded(rate: number): string {
  return rate >= 10 ? String(Math.round(rate)) : rate.toPrecision(2).replace(/\.0$/, '')
}
