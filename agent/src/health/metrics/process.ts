import { performance } from 'node:perf_hooks'
import { counter, gauge, type Metrics } from './metric.ts'

/**
 * What the process itself uses, under the names that Prometheus' dashboards know. Only what can be read at the scrape:
 * to measure more takes a timer that wakes an idle gateway a hundred times a second.
 */
export const processMetrics: Metrics = {
  lineside_info: {
    kind: 'gauge',
    help: 'Always 1; says which gateway and version this is',
    labels: ['gateway', 'version'],
    rows: m => [{ labels: { gateway: m.gateway, version: m.version }, value: 1 }],
  },
  process_cpu_seconds_total: counter('User and system time of all threads', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }),
  process_start_time_seconds: gauge('When the process began, UTC', () => performance.timeOrigin / 1000),
  process_resident_memory_bytes: gauge('Memory that is resident', () => process.memoryUsage.rss()),
  nodejs_heap_size_used_bytes: gauge('Heap of the main thread in use', () => process.memoryUsage().heapUsed),
  nodejs_external_memory_bytes: gauge('Buffers of the main thread', () => process.memoryUsage().external),
  nodejs_eventloop_utilization: gauge(
    'Share of its time that the main thread has been at work',
    () => performance.eventLoopUtilization().utilization,
  ),
}
