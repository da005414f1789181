import type { BufferStats } from '../buffer/api.ts'
import type { LinkStatus } from '../links/link.ts'
import type { UplinkStatus } from '../uplink/api.ts'
import type { BufferView, LinkView, UplinkView } from '../control/answers.ts'

export function viewLink({ name, kind, state, text, refusals }: LinkStatus): LinkView {
  return { name, kind, state, ...(text !== undefined && { reason: text }), ...(refusals && { refusals }) }
}

/** Runs are counted from 1. */
export function isOpen(stats: BufferStats): boolean {
  return stats.run > 0
}

export function viewBuffer(stats: BufferStats, nowMs: number): BufferView {
  return {
    waitingBatches: stats.waiting.batches,
    waitingReadings: stats.waiting.readings,
    waitingBytes: stats.waiting.bytes,
    ...(stats.oldestMs !== undefined && { oldestAgeMs: Math.max(0, nowMs - stats.oldestMs) }),
    committedReadings: stats.committed.readings,
    evictedReadings: stats.evicted.readings,
    ...(stats.state === 'failing' && {
      failing: stats.reason ?? 'no reason given',
      pendingReadings: stats.pending.readings,
    }),
    ...(!isOpen(stats) && { unopened: true }),
  }
}

export function viewUplink(status: UplinkStatus | undefined, isBufferOpen = true): UplinkView {
  if (!status) return { state: 'off', wireBytes: 0 }
  if (!isBufferOpen) return { state: 'off', reason: 'nothing can be sent before the buffer is open', wireBytes: 0 }
  return {
    state: status.state === 'stopped' ? 'off' : status.state,
    ...(status.reason !== undefined && { reason: status.reason }),
    ...(status.failingForMs !== undefined && { failingForMs: status.failingForMs }),
    ...(status.nextTryMs !== undefined && { nextTryMs: status.nextTryMs }),
    ...(status.lastReceiptMs !== undefined && { lastReceiptAt: status.lastReceiptMs }),
    wireBytes: status.wireBytes,
    ...(status.budget !== undefined && { budget: status.budget }),
  }
}
