import { counter, gauge, type Metrics } from './metric.ts'

export const clockMetrics: Metrics = {
  lineside_clock_synchronised: gauge('1 while somebody vouches for the time', m =>
    Number(m.clock.state === 'synchronised'),
  ),
  lineside_clock_correction_seconds: gauge(
    "Difference of the time that is stamped to the machine's clock",
    m => m.clock.correctionMs / 1000,
  ),
  lineside_clock_jumps_total: counter("How often the machine's clock was set", m => m.clock.jumps),
}
