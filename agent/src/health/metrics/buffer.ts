import { counter, gauge, type Metrics } from './metric.ts'

export const bufferMetrics: Metrics = {
  lineside_buffer_failing: gauge('1 while the disk refuses commits', m => Number(m.buffer.state === 'failing')),
  lineside_buffer_waiting_batches: gauge('Batches without a receipt', m => m.buffer.waiting.batches),
  lineside_buffer_waiting_readings: gauge('Readings without a receipt', m => m.buffer.waiting.readings),
  lineside_buffer_waiting_bytes: gauge('Bytes without a receipt', m => m.buffer.waiting.bytes),
  lineside_buffer_oldest_seconds: gauge('Age of the oldest batch without a receipt; 0 where nothing waits', m =>
    m.buffer.oldestMs === undefined ? 0 : (m.nowMs - m.buffer.oldestMs) / 1000,
  ),
  lineside_buffer_unwritten_batches: gauge(
    'Batches with a receipt that the next commit writes',
    m => m.buffer.unwritten,
  ),
  lineside_buffer_pending_bytes: gauge('Bytes in memory that are not committed yet', m => m.buffer.pending.bytes),
  lineside_buffer_pending_readings: gauge('Readings in memory, not committed yet', m => m.buffer.pending.readings),
  lineside_buffer_room_bytes: gauge('What the buffer may take of its disk now', m => m.buffer.disk?.roomBytes),
  lineside_buffer_disk_free_bytes: gauge('Free space on the disk of the buffer', m => m.buffer.disk?.freeBytes),
  lineside_buffer_disk_short: gauge('1 while the disk of the buffer has less free than storage.min_free', m =>
    m.buffer.disk === undefined ? undefined : Number(m.buffer.disk.freeBytes < m.buffer.disk.minFreeBytes),
  ),
  lineside_buffer_file_bytes: gauge('Size of the buffer on disk', m => m.buffer.fileBytes),
  lineside_buffer_committed_readings_total: counter('Readings committed', m => m.buffer.committed.readings),
  lineside_buffer_committed_bytes_total: counter('Bytes of committed batches', m => m.buffer.committed.bytes),
  lineside_buffer_evicted_readings_total: counter(
    'Readings let go because there was no room, or they were too old',
    m => m.buffer.evicted.readings,
  ),
  lineside_buffer_thinned_readings_total: counter('Readings that summaries took the place of', m => m.buffer.thinned),
  lineside_buffer_dropped_readings_total: counter(
    'Readings lost because the disk stalled and memory was full',
    m => m.buffer.dropped.readings,
  ),
  lineside_buffer_restarts_total: counter('Starts of the buffer thread after it died', m => m.buffer.restarts),
  lineside_buffer_healed_total: counter('Damaged databases that were healed', m => m.buffer.healed),
  lineside_buffer_quarantined_batches: gauge('Batches in quarantine', m => m.buffer.quarantined.batches),
}
