import { messageOf } from '@lineside/contract'
import type { Clock } from '@lineside/contract'
import { ReceiverError } from '../../error.ts'
import type { Committed, Topic } from '../log.ts'
import type { StoreRequest } from './messages.ts'
import type { StoreThread } from './store-thread.ts'

interface Waiting {
  readonly request: StoreRequest
  readonly length: number
  readonly resolve: (committed: Committed) => void
  readonly reject: (error: Error) => void
}

export interface GroupCommitOptions {
  /** The log's file, for messages. */
  readonly path: string
  readonly thread: Pick<StoreThread, 'call'>
  readonly clock: Clock
  /** Called once for each topic that a transaction appended to. */
  readonly appended: (topic: Topic) => void
}

/** Text that one transaction carries at most, in bytes; a single request may be bigger. */
const groupLength = 32 * 1024 * 1024

/**
 * Group commit without waiting: while a transaction is under way the requests that come gather for the next one. What
 * waits is bounded by the memory that ingest gives out.
 */
export function createGroupCommit(options: GroupCommitOptions): {
  commit(request: StoreRequest): Promise<Committed>
} {
  let waiting: Waiting[] = []
  let busy = false

  async function drain(): Promise<void> {
    if (busy) return
    busy = true
    while (waiting.length > 0) {
      const count = groupSize(waiting)
      const group = waiting.slice(0, count)
      waiting = waiting.slice(count)
      for (const topic of await commitGroup(options, group)) options.appended(topic)
    }
    busy = false
  }

  return {
    commit: request =>
      new Promise((resolve, reject) => {
        waiting.push({ request, length: lengthOf(request), resolve, reject })
        void drain()
      }),
  }
}

function groupSize(waiting: readonly Waiting[]): number {
  let length = 0
  let count = 0
  for (const next of waiting) {
    if (count > 0 && length + next.length > groupLength) break
    length += next.length
    count++
  }
  return count
}

/** One transaction; settles every request of the group. Gives the topics that got something. */
async function commitGroup(
  { path, thread, clock }: GroupCommitOptions,
  group: readonly Waiting[],
): Promise<ReadonlySet<Topic>> {
  const appended = new Set<Topic>()
  try {
    const requests = group.map(({ request }) => request)
    const outcomes = await thread.call('commit', { requests, now: clock.now() }, buffersOf(requests))
    group.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i]
      if (outcome?.ok) {
        for (const topic of outcome.appended) appended.add(topic)
        resolve(outcome.committed)
      } else reject(new ReceiverError('log_failed', `log ${path}: ${outcome?.message ?? 'no outcome'}`))
    })
  } catch (error) {
    const failure = new ReceiverError('log_failed', `log ${path}: ${messageOf(error)}`, { cause: error })
    for (const { reject } of group) reject(failure)
  }
  return appended
}

/** What moves to the thread without being copied: nobody here looks at it again. */
function buffersOf(requests: readonly StoreRequest[]): ArrayBuffer[] {
  const buffers = requests.flatMap(({ batches }) => batches.map(({ text }) => text.buffer))
  return [...new Set(buffers)].filter(buffer => buffer instanceof ArrayBuffer)
}

function lengthOf(request: StoreRequest): number {
  return request.batches.reduce((sum, { text }) => sum + text.byteLength, 0)
}
