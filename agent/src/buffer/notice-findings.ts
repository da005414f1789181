import type { SystemFinding } from '../alarms/system.ts'
import type { BufferNotice } from './api.ts'
import { describeNotice } from './notices.ts'

const alarms = {
  clone: 'gateway_cloned',
  restored: 'buffer_restored',
  moved: 'buffer_restored',
  receiver_lost: 'receiver_lost',
  quarantined: 'batch_quarantined',
  rejecting: 'receiver_rejects',
  accepting: 'receiver_rejects',
  evicted: 'readings_lost',
  thinning: 'readings_thinned',
  dropped: 'readings_lost',
  salvaged: 'buffer_healed',
  failing: 'buffer_failing',
  recovered: 'buffer_failing',
} as const satisfies Readonly<Record<BufferNotice['kind'], SystemFinding['alarm']>>

/** What a notice means for the people in the plant. */
export function findingOf(notice: BufferNotice): SystemFinding {
  const active = notice.kind !== 'accepting' && notice.kind !== 'recovered'
  return { alarm: alarms[notice.kind], active, text: describeNotice(notice) }
}
