import type { SystemFinding } from '../../alarms/system.ts'
import type { BufferNotice } from '../api.ts'
import { describeNotice, isGood } from './notices.ts'

const alarms = {
  clone: 'gateway_cloned',
  restored: 'buffer_restored',
  copied: 'buffer_restored',
  moved: 'buffer_restored',
  unlikely_times: 'times_unlikely',
  receiver_lost: 'receiver_lost',
  quarantined: 'batch_quarantined',
  rejecting: 'receiver_rejects',
  accepting: 'receiver_rejects',
  evicted: 'readings_lost',
  evicted_no_more: 'readings_lost',
  disk_short: 'disk_short',
  disk_enough: 'disk_short',
  thinning: 'readings_thinned',
  dropped: 'readings_lost',
  salvaged: 'buffer_healed',
  failing: 'buffer_failing',
  recovered: 'buffer_failing',
} as const satisfies Readonly<Record<BufferNotice['kind'], SystemFinding['alarm']>>

/** What a notice means for the people in the plant. */
export function findingOf(notice: BufferNotice): SystemFinding {
  return { alarm: alarms[notice.kind], active: !isGood(notice), text: describeNotice(notice) }
}
