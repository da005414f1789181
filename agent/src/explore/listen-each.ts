import { type Clock, sleep } from '@lineside/contract'
import type { DeviceConfig, LinkConfig } from '../config/types.ts'
import type { Link, LinkStatus } from '../links/link.ts'
import { baseOf, type DeviceRead, fewWords } from './device-read.ts'
import type { Heard } from './heard.ts'

export interface ListenOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly waitMs: number
}

/** Listens to devices of one link that speak by themselves, all at once. The link ends it early where it is lost. */
export async function listenEach(
  link: Link,
  config: LinkConfig,
  devices: readonly DeviceConfig[],
  heard: Heard,
  options: ListenOptions,
): Promise<readonly DeviceRead[]> {
  if (config.kind === 'mqtt') {
    // A broker that never answers is one that is told as such, however short the wait is.
    const isKnown = heard.until(() => heard.linkState !== undefined)
    await atMost(config.connectTimeoutMs + options.waitMs, isKnown, options)
  }
  const isDone = () =>
    heard.linkState === 'offline' || devices.every(({ name, points }) => heard.has(name, [...points.keys()]))
  await atMost(options.waitMs, heard.until(isDone), options)
  const status = link.status()
  return devices.map(device => whatItSaid(device, heard, status, options.waitMs))
}

async function atMost(limitMs: number, done: Promise<void>, { clock, signal }: ListenOptions): Promise<void> {
  const over = new AbortController()
  await Promise.race([done, sleep(clock, limitMs, AbortSignal.any([signal, over.signal]))])
  over.abort()
}

function whatItSaid(device: DeviceConfig, heard: Heard, link: LinkStatus, waitMs: number): DeviceRead {
  const base = baseOf(device)
  const read = heard.of(device.name)
  const isBad = base.points.some(point => read.quality[point]?.startsWith('bad') === true)
  const missing = base.points.filter(point => !(point in read.values) && !(point in read.quality))
  const own = link.devices.find(({ name }) => name === device.name)
  if (missing.length === 0 && !isBad) {
    const isKept = base.points.every(point => read.quality[point] === 'uncertain:retained')
    return { ...base, verdict: 'good', read, ...(isKept && { reason: 'from before: the broker has kept it' }) }
  }
  const wrong = link.state === 'offline' ? (link.text ?? 'the link is down') : own ? own.lastError : 'it does not run'
  if (isBad || wrong !== undefined) return { ...base, verdict: 'bad', read, reason: wrong }
  if (link.kind === 'mqtt' && link.state === 'starting') {
    return { ...base, verdict: 'bad', read, reason: 'the broker does not answer to the subscription' }
  }
  const way = link.state === 'online' ? 'connected, ' : ''
  const what =
    missing.length === base.points.length ? 'no message' : `nothing of ${fewWords(missing.map(name => [name]))}`
  const remark = link.text === undefined ? '' : `; ${link.text}`
  return { ...base, verdict: 'silent', read, reason: `${way}${what} within ${waitMs / 1000} s${remark}` }
}
