import { type Clock, type Quality, type Sample, sleep, type Value } from '@lineside/contract'
import type { Logger } from 'pino'
import type { AgentConfig, DeviceConfig, LinkConfig } from '../config/types.ts'
import { protocolsOfKind } from '../config/link-kinds.ts'
import type { Link } from '../links/link.ts'
import { createLink } from '../links/table.ts'

/** What reading a device once came to. */
export interface DeviceRead {
  readonly device: string
  readonly link: string
  /** Points that are configured and that it has. */
  readonly points: readonly string[]
  /** Undefined: the device was not asked, and `reason` says why. */
  readonly read:
    | { readonly values: Readonly<Record<string, Value>>; readonly quality: Readonly<Record<string, Quality>> }
    | undefined
  readonly reason?: string | undefined
  readonly tookMs?: number | undefined
}

export interface ReadEachOptions {
  readonly config: AgentConfig
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Logger
  readonly signal: AbortSignal
  /** How long a device is listened to that speaks by itself. */
  readonly waitMs: number
  readonly begin: (device: string) => void
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
  if (protocolsOfKind[config.kind].includes('mqtt')) {
    // A message that is acknowledged here would be lost for the agent.
    const reason = 'it speaks by itself, over MQTT; start the agent, then check again'
    return devices.map(device => ({ ...baseOf(device), read: undefined, reason }))
  }
  const heard = new Heard()
  const link = await createLink(config, devices.map(unpolled), {
    clock: options.clock,
    random: options.random,
    log: options.log,
    intake: { sample: sample => heard.sample(sample), past: () => {}, hurry: () => {}, state: () => {} },
  })
  const end = () => void link.stop()
  options.signal.addEventListener('abort', end)
  const results: DeviceRead[] = []
  try {
    await link.start()
    for (const device of devices) {
      if (options.signal.aborted) break
      options.begin(device.name)
      results.push(await readDevice(link, device, heard, options))
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return devices.map(device => ({ ...baseOf(device), read: { values: {}, quality: {} }, reason }))
  } finally {
    options.signal.removeEventListener('abort', end)
    await link.stop()
  }
  return results
}

function baseOf({ name, link, points }: DeviceConfig): Pick<DeviceRead, 'device' | 'link' | 'points'> {
  return { device: name, link, points: [...points.keys()] }
}

function unpolled(device: DeviceConfig): DeviceConfig {
  const points = [...device.points].map(([name, point]) => [name, { ...point, everyMs: neverMs }] as const)
  return { ...device, points: new Map(points) }
}

async function readDevice(
  link: Link,
  device: DeviceConfig,
  heard: Heard,
  { clock, signal, waitMs }: ReadEachOptions,
): Promise<DeviceRead> {
  const base = baseOf(device)
  const asked = await link.read?.(device.name, base.points)
  if (asked?.kind === 'refused') return { ...base, read: { values: {}, quality: {} }, reason: asked.text }
  if (asked) {
    const { values, quality = {}, text } = asked.outcome
    const points = base.points.filter(point => !asked.absent?.includes(point))
    return { ...base, points, read: { values, quality }, reason: text, tookMs: asked.tookMs }
  }
  await Promise.race([heard.everything(device.name, base.points), sleep(clock, waitMs, signal)])
  const status = link.status().devices.find(({ name }) => name === device.name)
  const silent = `it speaks by itself, and not all came within ${waitMs / 1000} s`
  const read = heard.of(device.name)
  const isComplete = base.points.every(point => point in read.values || point in read.quality)
  return { ...base, read, ...(!isComplete && { reason: status?.lastError ?? link.status().text ?? silent }) }
}

/** What devices that speak by themselves have said. */
class Heard {
  readonly #devices = new Map<string, { values: Record<string, Value>; quality: Record<string, Quality> }>()
  #waiting: (() => void)[] = []

  sample({ device, values, quality = {} }: Sample): void {
    const all = this.of(device)
    for (const point in values) delete all.quality[point]
    Object.assign(all.values, values)
    Object.assign(all.quality, quality)
    for (const point in quality) if (!(point in values)) delete all.values[point]
    for (const wake of this.#waiting.splice(0)) wake()
  }

  of(device: string): { values: Record<string, Value>; quality: Record<string, Quality> } {
    const known = this.#devices.get(device) ?? { values: {}, quality: {} }
    this.#devices.set(device, known)
    return known
  }

  async everything(device: string, points: readonly string[]): Promise<void> {
    const { values, quality } = this.of(device)
    while (!points.every(point => point in values || point in quality)) {
      await new Promise<void>(resolve => void this.#waiting.push(resolve))
    }
  }
}
