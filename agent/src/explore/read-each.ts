import { messageOf } from '@lineside/contract'
import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type { AgentConfig, DeviceConfig, LinkConfig, MqttLinkConfig } from '../config/types.ts'
import type { Link } from '../links/link.ts'
import { createLink } from '../links/table.ts'
import { asked, baseOf, type DeviceRead } from './device-read.ts'
import { Heard } from './heard.ts'
import { listenEach } from './listen-each.ts'

export interface ReadEachOptions {
  readonly config: AgentConfig
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Logger
  readonly signal: AbortSignal
  /** How long a device is listened to that speaks by itself. */
  readonly waitMs: number
  readonly begin: (device: string, how: 'asked' | 'heard') => void
}

/** Nothing is polled here: each device is read when it is its turn. */
const neverMs = 30 * 86_400_000

/** Reads each device once, on connections of its own; lines side by side, the devices of a line one after the other. */
export async function readEach(options: ReadEachOptions): Promise<readonly DeviceRead[]> {
  const { links, devices } = options.config
  const order = [...devices.keys()]
  const onLink = Map.groupBy(devices.values(), device => device.link)
  const lines = [...onLink].flatMap(([name, own]) => {
    const link = links.get(name)
    return link ? [readLine(link, own, options)] : []
  })
  const read = (await Promise.all(lines)).flat()
  return read.toSorted((a, b) => order.indexOf(a.device) - order.indexOf(b.device))
}

async function readLine(
  config: LinkConfig,
  devices: readonly DeviceConfig[],
  options: ReadEachOptions,
): Promise<readonly DeviceRead[]> {
  if (config.kind === 'broker') {
    const reason = 'it speaks to the embedded broker, which runs in the agent; start the agent, then check again'
    return devices.map(device => ({ ...baseOf(device), verdict: 'unread', read: undefined, reason }))
  }
  const heard = new Heard()
  const { clock, random, log } = options
  const own = config.kind === 'mqtt' ? asVisitor(config, random) : config
  const link = await createLink(own, devices.map(unpolled), { clock, random, log, intake: heard })
  const end = () => void link.stop()
  options.signal.addEventListener('abort', end)
  const results: DeviceRead[] = []
  try {
    await link.start()
    const talkers: DeviceConfig[] = []
    for (const device of devices) {
      if (options.signal.aborted) break
      const result = readDevice(link, device, options)
      if (result) results.push(await result)
      else talkers.push(device)
    }
    if (talkers.length > 0 && !options.signal.aborted) {
      for (const { name } of talkers) options.begin(name, 'heard')
      results.push(...(await listenEach(link, config, talkers, heard, options)))
    }
  } catch (error) {
    const reason = messageOf(error)
    return devices.map(device => asked(baseOf(device), { values: {}, quality: {} }, reason))
  } finally {
    options.signal.removeEventListener('abort', end)
    await link.stop()
  }
  return results
}

/** Under the agent's own id the broker would throw the agent out, and give away the messages that wait for it. */
function asVisitor(config: MqttLinkConfig, random: () => number): MqttLinkConfig {
  const clientId = `${config.clientId}-check-${Math.floor(random() * 1e6)}`
  return { ...config, clientId, clean: true, sessionExpiryMs: 0 }
}

function unpolled(device: DeviceConfig): DeviceConfig {
  const points = [...device.points].map(([name, point]) => [name, { ...point, everyMs: neverMs }] as const)
  return { ...device, points: new Map(points) }
}

/** Undefined: the device is not one that can be asked. */
function readDevice(link: Link, device: DeviceConfig, { begin }: ReadEachOptions): Promise<DeviceRead> | undefined {
  const base = baseOf(device)
  const answer = link.read?.(device.name, base.points)
  if (!answer) return undefined
  begin(device.name, 'asked')
  return answer.then(result => {
    if (result.kind === 'refused') return asked(base, { values: {}, quality: {} }, result.text)
    const { values, quality = {}, text } = result.outcome
    const points = base.points.filter(point => !result.absent?.includes(point))
    return asked({ ...base, points }, { values, quality }, text, result.tookMs)
  })
}
