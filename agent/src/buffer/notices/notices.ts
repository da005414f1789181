import { formatSize } from '@lineside/settings'
import type { BufferNotice, EvictedWhy } from '../api.ts'

const evictedWhy: Readonly<Record<EvictedWhy, string>> = {
  age: 'they waited for longer than max_age',
  full: 'the buffer is as large as max_size',
  disk: 'the disk has no more free than min_free, and what the buffer may take of it is full',
}

const ends: ReadonlySet<BufferNotice['kind']> = new Set(['accepting', 'recovered', 'evicted_no_more', 'disk_enough'])

/** Whether a notice says that something is over. */
export function isGood({ kind }: BufferNotice): boolean {
  return ends.has(kind)
}

/** A notice in words, for log and page. */
export function describeNotice(notice: BufferNotice): string {
  switch (notice.kind) {
    case 'clone':
      return `another agent sends as this gateway in stream ${notice.stream}: new streams begin`
    case 'restored':
      return `the receiver has more of stream ${notice.stream} than this database: it was restored or cloned`
    case 'copied':
      return `another copy of this buffer sends as this gateway, in stream ${notice.beside}, or did: a backup was put back, or two machines were made from one card or disk`
    case 'moved':
      return 'the buffer was used by another machine before: its card or disk was moved here, or copied'
    case 'unlikely_times':
      return `by what was found of the clock the times of ${batches(notice.batches)} can't be right: they are sent as they are, marked as unknown`
    case 'receiver_lost':
      return `the receiver lost ${batches(notice.batches)} that it had acknowledged`
    case 'quarantined':
      return `batch ${notice.stream}/${notice.seq} is in quarantine, ${notice.reason}: ${notice.message}`
    case 'rejecting':
      return `the receiver rejected ${notice.rejections} batches in a row: only one is sent at a time`
    case 'accepting':
      return 'the receiver takes batches again'
    case 'evicted':
      return `${evictedWhy[notice.why]}: ${notice.readings} of the oldest readings were let go so far, gaps report them`
    case 'evicted_no_more':
      return `no readings were let go for an hour; ${notice.readings} were in all, gaps report them`
    case 'disk_short':
      return `the disk of ${notice.folder} has ${formatSize(notice.freeBytes)} free, less than min_free (${formatSize(notice.minFreeBytes)}): the buffer may take ${formatSize(notice.roomBytes)} and no more`
    case 'disk_enough':
      return `the disk of ${notice.folder} has ${formatSize(notice.freeBytes)} free again, more than min_free`
    case 'thinning':
      return 'the buffer is nearly full: summaries by the minute take the place of its oldest fast readings'
    case 'dropped':
      return `memory is full while the disk stalls: ${notice.readings} readings were let go, a gap will report them`
    case 'salvaged':
      return `the buffer was damaged (${notice.reason}) and is healed: ${notice.kept} ${notice.kept === 1 ? 'batch is' : 'batches are'} kept, ${notice.damaged} were not whole, ${notice.missing === 0 ? 'none is missing' : `up to ${notice.missing} are missing, which a gap reports`}; ${notice.folder === undefined ? 'there was nothing to put aside' : `what was found is put aside in ${notice.folder}`}`
    case 'failing':
      return `the disk refuses the buffer, readings wait in memory: ${notice.reason}`
    case 'recovered':
      return `the disk takes the buffer again after ${Math.round(notice.afterMs / 1000)} s`
    default:
      return notice satisfies never
  }
}

function batches(count: number): string {
  return count === 1 ? '1 batch' : `${count} batches`
}
