import { performance } from 'node:perf_hooks'
import { Counter, Gauge, type Registry } from 'prom-client'

/**
 * What the process itself uses, under the names that Prometheus' dashboards know. Only what can be read at the scrape:
 * the client library's own set measures the event loop with a timer of 10 ms, which wakes an idle gateway a hundred times
 * a second, and each garbage collection.
 */
export function registerProcessMetrics(registry: Registry): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(read()) })
  }
  const seconds: Counter = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system time of all threads, s',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      seconds.reset()
      seconds.inc((user + system) / 1e6)
    },
  })
  gauge('process_start_time_seconds', 'When the process began, UTC', () => performance.timeOrigin / 1000)
  gauge('process_resident_memory_bytes', 'Memory that is resident', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Heap of the main thread in use', () => process.memoryUsage().heapUsed)
  gauge('nodejs_external_memory_bytes', 'Buffers of the main thread', () => process.memoryUsage().external)
  gauge(
    'nodejs_eventloop_utilization',
    'Share of its time that the main thread has been at work',
    () => performance.eventLoopUtilization().utilization,
  )
}
