import type { ViewSources } from './sources.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { viewAlarms } from './alarm-view.ts'
import { type Correct, correctedAlarm, correctedLink, correctedLive } from './corrected.ts'
import { viewLines } from './line-view.ts'
import { listen } from './listen.ts'
import { readDevice } from './read-device.ts'
import { viewBroken, viewDevices } from './device-view.ts'
import { isOpen, viewBuffer, viewLink, viewUplink } from './status.ts'
import type { AgentStatus } from '../control/answers.ts'
import type { AgentView } from '../control/view.ts'

export function createView(sources: ViewSources, pipeline: Pipeline): AgentView {
  const correct = correctOf(sources)
  const live = correctedLive(sources.live, correct)
  return {
    status: () => viewStatus(sources),
    alarms() {
      const alarms = sources.watch.list().map(alarm => correctedAlarm(alarm, correct))
      return viewAlarms(alarms, sources.config, live, sources.clock.now())
    },
    acknowledge(device, alarm, by) {
      const result = sources.watch.acknowledge(device, alarm, by)
      if (result.ok) pipeline.alarm(result.entry)
      return result
    },
    bus: () => viewLines(sources.links),
    unquarantine: numbers => sources.buffer.unquarantine(numbers),
    read: (device, points) => readDevice({ ...sources, live }, device, points),
    samples: (devices, wake) => listen(sources, devices, wake),
  }
}

function correctOf({ keeper }: ViewSources): Correct {
  return t => keeper.corrected(t)
}

export function viewStatus(sources: ViewSources): AgentStatus {
  const { config, broken, version, clock, startedMs, links, buffer, uplink, keeper } = sources
  const correct = correctOf(sources)
  const live = correctedLive(sources.live, correct)
  const stats = buffer.stats()
  const upMs = clock.monotonic() - startedMs
  const statuses = links.map(link => correctedLink(link.status(), correct))
  return {
    gateway: config.gateway,
    version,
    startedAt: clock.now() - upMs,
    upMs,
    links: statuses.map(viewLink),
    devices: [...viewDevices(config, statuses, live, clock.now()), ...broken.map(viewBroken)],
    buffer: viewBuffer(stats, clock.now()),
    uplink: viewUplink(uplink?.status(), isOpen(stats)),
    clock: keeper.status(),
    process: viewProcess(),
  }
}

function viewProcess(): AgentStatus['process'] {
  const { user, system } = process.cpuUsage()
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() }
}

/** What this run came to so far, for the hourly and the last line of the log. */
export interface Summary {
  readonly committedReadings: number
  readonly waitingReadings: number
  readonly wireBytes: number
  readonly cpuMs: number
  readonly rssBytes: number
}

export function summary({ buffer, uplink }: ViewSources): Summary {
  const stats = buffer.stats()
  return {
    committedReadings: stats.committed.readings,
    waitingReadings: stats.waiting.readings,
    wireBytes: uplink?.status().wireBytes ?? 0,
    ...viewProcess(),
  }
}
