import { counter, gauge, type Metrics } from './metric.ts'

export const alarmMetrics: Metrics = {
  lineside_alarms_active: {
    kind: 'gauge',
    help: 'Alarms that are not normal',
    labels: ['priority'],
    rows: m => [...m.alarms].map(([priority, value]) => ({ labels: { priority }, value })),
  },
}

/** Of those who look on by `lineside tail`. */
export const tailMetrics: Metrics = {
  lineside_tail_listeners: gauge('Those who look on at live samples', m => m.feed.listeners),
  lineside_tail_dropped_samples_total: counter('Live samples that a listener was too slow for', m => m.feed.dropped),
}
