import { viewStatus } from '../hmi/create-view.ts'
import type { ViewSources } from '../hmi/sources.ts'
import { viewLines } from '../hmi/line-view.ts'
import { judgeHealth } from './health.ts'
import { expose } from './metrics/exposition.ts'
import type { Measured } from './metrics/metric.ts'
import { metrics } from './metrics/table.ts'
import { serveHealth } from './server.ts'

/** Serves what supervisors and Prometheus ask for, where the configuration says. */
export function serveProbes(sources: ViewSources): Promise<AsyncDisposable> {
  const { config, version, clock, buffer, uplink, watch, feed } = sources
  const measure = (): Measured => ({
    gateway: config.gateway,
    version,
    nowMs: clock.now(),
    links: sources.links.map(link => link.status()),
    lines: viewLines(sources.links),
    buffer: buffer.stats(),
    uplink: uplink?.status(),
    feed: feed.counters(),
    clock: sources.keeper.status(),
    alarms: countBy(watch.list().map(alarm => alarm.priority)),
  })
  return serveHealth({
    ...config.page,
    metrics: () => expose(metrics, measure()),
    health: () => judgeHealth(viewStatus(sources), clock.now()),
  })
}

function countBy(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}
