import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** Makes metrics in the receiver's registry; every name gets the receiver's prefix. No label may be a gateway's. */
export interface Meters {
  counter<L extends string>(name: string, help: string, labelNames?: readonly L[]): Counter<L>
  gauge<L extends string>(name: string, help: string, labelNames?: readonly L[]): Gauge<L>
  histogram(name: string, help: string, buckets: number[]): Histogram
}

/** What there is to be known of a metric before anything is counted. */
export interface MetricAbout {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

/** All metrics of the receiver in a registry of their own; a projection adds its own by `meters`. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const made: MetricAbout[] = []
  const about = <L extends string>(kind: MetricAbout['kind'], suffix: string, help: string, labels: readonly L[]) => {
    const name = `lineside_receiver_${suffix}`
    made.push({ name, kind, help, labels })
    return { name, help, labelNames: [...labels], registers }
  }
  const meters: Meters = {
    counter: (name, help, labels = []) => new Counter(about('counter', name, help, labels)),
    gauge: (name, help, labels = []) => new Gauge(about('gauge', name, help, labels)),
    histogram: (name, help, buckets) => new Histogram({ ...about('histogram', name, help, []), buckets }),
  }
  return {
    registry,
    meters,
    /** In the order in which they were made. */
    made: made as readonly MetricAbout[],
    requests: meters.counter('requests_total', 'Answers to POST /v1/batches', ['status']),
    bytes: meters.counter('received_bytes_total', 'Compressed bytes of request bodies'),
    batches: meters.counter('batches_total', 'Batches that came, by what became of them', ['outcome']),
    entries: meters.counter('entries_total', 'Entries appended to the log'),
    readings: meters.counter('readings_total', 'Readings appended to the log'),
    underWay: meters.gauge('requests_under_way', 'Request bodies being read or stored'),
    memory: meters.gauge('memory_bytes', 'Memory given out to request bodies under way'),
    memoryLimit: meters.gauge(
      'memory_limit_bytes',
      'Memory that request bodies under way may take together; beyond it a request gets 429 `busy`',
    ),
    unauthorized: meters.counter('unauthorized_total', 'Requests without a valid token'),
    commitSeconds: meters.histogram(
      'commit_seconds',
      'From a decoded request to its durable commit',
      [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    ),
    logBytes: meters.gauge('log_bytes', 'What the log takes on the disk'),
    logLimit: meters.gauge('log_limit_bytes', 'What the log may take on the disk'),
    logRecords: meters.gauge('log_records', 'Entries in the log', ['topic']),
    logTrimmed: meters.counter(
      'log_trimmed_records_total',
      'Entries that left the log, because of its `size` or their `age`',
      ['topic', 'reason'],
    ),
    logFull: meters.gauge('log_full', '1 while the log takes nothing, because it is full and nothing in it may go'),
    projectionLag: meters.gauge('projection_lag_records', 'Records in the log that a projection has not finished', [
      'projection',
    ]),
    projectionUp: meters.gauge(
      'projection_up',
      '1 while a projection takes in what comes; 0 while it stands still or can not start, and the log keeps it',
      ['projection'],
    ),
    projectionFailures: meters.counter(
      'projection_failures_total',
      'Turns of a projection that failed; they are repeated, at most 30 s apart',
      ['projection'],
    ),
  }
}
