import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** All metrics of the receiver in a registry of their own; none has a label that a gateway could make grow. */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `lineside_receiver_${name}`, help, labelNames: [...labelNames], registers })
  const gauge = (name: string, help: string) => new Gauge({ name: `lineside_receiver_${name}`, help, registers })
  return {
    registry,
    requests: counter('requests_total', 'Answers to POST /v1/batches', ['status']),
    bytes: counter('received_bytes_total', 'Compressed bytes of request bodies'),
    batches: counter('batches_total', 'Batches that came, by what became of them', ['outcome']),
    entries: counter('entries_total', 'Entries appended to the log'),
    readings: counter('readings_total', 'Readings appended to the log'),
    underWay: gauge('requests_under_way', 'Request bodies being read or stored'),
    commitSeconds: new Histogram({
      name: 'lineside_receiver_commit_seconds',
      help: 'From a decoded request to its durable commit',
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
      registers,
    }),
    logRecords: gauge('log_records', 'Entries in the samples topic of the log'),
    archiveObjects: counter('archive_objects_total', 'Objects added to the archive'),
    archiveRows: counter('archive_rows_total', 'Rows added to the archive'),
    archiveBytes: counter('archive_bytes_total', 'Bytes added to the archive'),
    archiveLost: counter('archive_lost_records_total', 'Records that were gone from the log before they were archived'),
    archiveFailures: counter('archive_failures_total', 'Tries to archive that failed and are repeated'),
    archiveLag: gauge('archive_lag_records', 'Records in the log behind the archive'),
  }
}
