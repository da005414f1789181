import {
  compileModbusReader,
  describeChain,
  locate,
  type ModbusProfile,
  type ReadRequest,
  isSunspec,
} from '@lineside/device-profiles'
import type { DeviceConfig, ModbusLinkConfig } from '../config/types.ts'
import { scheduledPoints } from '../links/scheduled-points.ts'
import { defaultHealthPolicy } from '../poll/backoff.ts'
import { silenceShare } from '../poll/line.ts'
import { createSchedule, type ScheduledPoint, takeTurn, type Turn, wholeTurn } from '../poll/schedule.ts'
import { type LineTimes, lineTimes } from './request-time.ts'

/** What one device takes of its line. */
export interface DeviceBudget {
  readonly device: string
  /** Of the line's time, 1 being all of it. */
  readonly share: number
  readonly requestsPerSecond: number
  readonly points: number
  /** Shortest of its intervals, ms. */
  readonly everyMs: number
  /** Requests of a poll of all its points, and how long that takes. */
  readonly wholeRequests: number
  readonly wholeMs: number
  /** Longest that the line waits for it when it is silent: until it counts as offline, ms. */
  readonly lostMs: number
}

/** What a line has to do by its configuration. */
export interface LineBudget {
  readonly link: string
  /** Of its time; above 1 it can't. */
  readonly load: number
  readonly requestsPerSecond: number
  /** Shortest interval of its devices, ms. */
  readonly everyMs: number
  /** The biggest spender first. */
  readonly devices: readonly DeviceBudget[]
  /** What the times rest on. */
  readonly assumption: string
  /** The models that SunSpec devices are taken to have, in words; absent where there are none. */
  readonly models?: string
}

/** Polls of a device that are played through before the pattern of its intervals counts as endless. */
const mostTurns = 5000

/** Computes what the polls of a line take. Undefined where nothing is polled. */
export function lineBudget(link: ModbusLinkConfig, all: readonly DeviceConfig[]): LineBudget | undefined {
  const own = all.filter(device => device.link === link.name)
  const times = lineTimes(link, own)
  const devices = own.flatMap(each => {
    const device = asUsual(each)
    const profile = askedOn(device)
    return profile && device.points.size > 0 ? [deviceBudget(device, profile, times)] : []
  })
  if (devices.length === 0) return undefined
  return {
    link: link.name,
    load: sum(devices, device => device.share),
    requestsPerSecond: sum(devices, device => device.requestsPerSecond),
    everyMs: Math.min(...devices.map(device => device.everyMs)),
    devices: devices.toSorted((a, b) => b.share - a.share),
    assumption: times.assumption,
    ...usualModels(own),
  }
}

/** What is asked on a Modbus line; undefined: nothing. */
function askedOn({ profile }: DeviceConfig): ModbusProfile | undefined {
  switch (profile.protocol) {
    case 'modbus':
      return profile
    case 'serial':
    case 'mqtt':
    case 'sparkplug':
      return undefined
    default:
      return profile satisfies never
  }
}

/** Which models a SunSpec device has nobody knows before it was asked. */
function asUsual(device: DeviceConfig): DeviceConfig {
  const { profile, points } = device
  if (!isSunspec(profile)) return device
  const located = locate(profile, profile.sunspec.usual)
  const present = new Map([...points].filter(([name]) => located.points.has(name)))
  return { ...device, profile: located, points: present }
}

function usualModels(devices: readonly DeviceConfig[]): Pick<LineBudget, 'models'> {
  const chains = devices.flatMap(({ profile }) => (isSunspec(profile) ? [describeChain(profile.sunspec.usual)] : []))
  return chains.length === 0 ? {} : { models: [...new Set(chains)].join(', or ') }
}

function deviceBudget(device: DeviceConfig, profile: ModbusProfile, times: LineTimes): DeviceBudget {
  const reader = compileModbusReader(profile, { params: device.params })
  const { gapMs } = profile.limits
  const plan = (turn: Turn) => reader.plan(turn.points)
  const cost = (requests: readonly ReadRequest[]) => sum(requests, request => times.requestMs(request, gapMs))
  const schedule = createSchedule(onGrid(device), 0)
  const whole = plan(wholeTurn(schedule))
  const { busyMs, requests, spanMs } = playThrough(device, plan, cost)
  return {
    device: device.name,
    share: busyMs / spanMs / times.lanes,
    requestsPerSecond: (requests * 1000) / spanMs,
    points: device.points.size,
    everyMs: Math.min(...[...device.points.values()].map(point => point.everyMs)),
    wholeRequests: whole.length,
    wholeMs: cost(whole),
    lostMs: defaultHealthPolicy.failures * Math.max(0, ...whole.map(request => times.silentMs(request, gapMs))),
  }
}

/** What is polled by the calendar counts as if it were polled as often on the grid. */
function onGrid(device: DeviceConfig): ScheduledPoint[] {
  return scheduledPoints(device).map(({ name, everyMs, urgent }) => ({ name, everyMs, urgent }))
}

interface Played {
  readonly busyMs: number
  readonly requests: number
  readonly spanMs: number
}

/** The polls of one round after which all intervals are due together again, or of as many as are worth playing. */
function playThrough(
  device: DeviceConfig,
  plan: (turn: Turn) => readonly ReadRequest[],
  cost: (requests: readonly ReadRequest[]) => number,
): Played {
  const schedule = createSchedule(onGrid(device), 0)
  const known = new Map<number | undefined, { readonly ms: number; readonly requests: number }>()
  const spanMs = schedule.groups.reduce((span, group) => leastCommonMultiple(span, group.everyMs), 1)
  let busyMs = 0
  let requests = 0
  let turns = 0
  while (schedule.dueMs < spanMs && turns < mostTurns) {
    const taken = takeTurn(schedule, schedule.dueMs)
    if (!taken) break
    turns++
    let each = known.get(taken.turn.key)
    if (!each) {
      const planned = plan(taken.turn)
      each = { ms: cost(planned), requests: planned.length }
      known.set(taken.turn.key, each)
    }
    busyMs += each.ms
    requests += each.requests
  }
  return { busyMs, requests, spanMs: Math.min(spanMs, schedule.dueMs) }
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** Of a line's time, what is left for polls while a device is silent. */
export const shareForPolls = 1 - silenceShare

function sum<T>(of: readonly T[], value: (each: T) => number): number {
  return of.reduce((total, each) => total + value(each), 0)
}
