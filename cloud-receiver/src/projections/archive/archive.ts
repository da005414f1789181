import type { Timer } from '@lineside/contract'
import { messageOf } from '../../error.ts'
import type { Projection, ProjectionContext } from '../projection.ts'
import { openArchiver } from './archiver.ts'
import type { ArchiveEvents, Archiver } from './archiver.ts'
import { openFolderStore } from './folder-store.ts'
import type { ObjectStore } from './object-store.ts'

/** How often the log is looked at, and the longest pause after failures. */
const tickMs = 1000
const longestPauseMs = 30_000

/**
 * The archive of readings: the samples topic of every shard, as Parquet. The events topic (alarms, gaps, states) stays
 * in the log: its entries have no rows in the archive's schema.
 */
export async function startArchive(context: ProjectionContext): Promise<Projection | undefined> {
  const { folder } = context.config.archive
  return folder === undefined ? undefined : startArchiveOn(await openFolderStore(folder), context)
}

/** The same over any store. */
export async function startArchiveOn(store: ObjectStore, context: ProjectionContext): Promise<Projection> {
  const { log, clock, logger, metrics, config } = context
  const events = eventsFor(context)
  const archivers: Archiver[] = []
  for (let shard = 0; shard < log.shards; shard++) {
    const lane = { incarnation: log.incarnation, topic: 'samples', shard } as const
    archivers.push(await openArchiver({ log, store, clock, lane, roll: config.archive.roll, events }))
  }

  let problem: string | undefined
  let failures = 0
  let stopped = false
  let timer: Timer | undefined
  let turn: Promise<unknown> = Promise.resolve()

  /** One after the other: an archiver takes one call at a time. */
  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  async function lag(): Promise<number> {
    let records = 0
    let kept = 0
    for (const [shard, { position }] of archivers.entries()) {
      const end = await log.end('samples', shard)
      records += end - position
      kept += end - (await log.begin('samples', shard))
    }
    metrics.logRecords.set(kept)
    return records
  }

  /** Records that are archived are the log's to drop. */
  async function trim(): Promise<void> {
    for (const [shard, { position }] of archivers.entries()) await log.trim('samples', shard, position)
  }

  async function tick(): Promise<void> {
    try {
      for (const archiver of archivers) await archiver.advance()
      await trim()
      metrics.archiveLag.set(await lag())
      if (problem !== undefined) logger.info({ failures }, 'archive goes on')
      problem = undefined
      failures = 0
    } catch (error) {
      failures++
      metrics.archiveFailures.inc()
      if (problem === undefined) logger.error({ err: error }, 'archive stands still; the log keeps what comes')
      problem = messageOf(error)
    }
  }

  function schedule(): void {
    if (stopped) return
    timer = clock.after(Math.min(tickMs * 2 ** Math.min(failures, 10), longestPauseMs), () => {
      void exclusive(tick).then(schedule)
    })
  }
  schedule()

  return {
    name: 'archive',
    problem: () => problem,
    flush: () =>
      exclusive(async () => {
        for (const archiver of archivers) await archiver.rollNow()
        metrics.archiveLag.set(await lag())
      }),
    async [Symbol.asyncDispose]() {
      stopped = true
      timer?.cancel()
      await turn
    },
  }
}

function eventsFor({ logger, metrics }: ProjectionContext): ArchiveEvents {
  return {
    stored({ key, rows, bytes }) {
      metrics.archiveObjects.inc()
      metrics.archiveRows.inc(rows)
      metrics.archiveBytes.inc(bytes)
      logger.debug({ key, rows, bytes }, 'object stored')
    },
    sealed(span) {
      logger.debug(span, 'range archived')
    },
    lost(span) {
      metrics.archiveLost.inc(span.end - span.first)
      logger.error(span, 'the log dropped records before they were archived')
    },
  }
}
