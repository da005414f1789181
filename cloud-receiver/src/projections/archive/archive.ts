import { formatDuration } from '@lineside/settings'
import { pauses } from '../../loop.ts'
import type { Projection, ProjectionContext, ProjectionKind } from '../projection.ts'
import { openArchiver } from './archiver.ts'
import type { ArchiveEvents, Archiver, Roll } from './archiver.ts'
import { openFolderStore } from './folder-store.ts'
import type { ObjectStore } from './object-store.ts'
import { archiveSettings } from './settings.ts'

/**
 * The archive of readings and their summaries: the samples topic of every shard, as Parquet. The events topic (alarms, gaps, states) stays
 * in the log: its entries have no rows in the archive's schema.
 */
export const archiveKind: ProjectionKind = {
  name: 'archive',
  settings: archiveSettings.transform(settings => ({ at }) => {
    if (settings === 'off') return undefined
    const folder = at(settings.folder)
    const roll: Roll = { rows: settings.roll.rows, everyMs: settings.roll.every }
    return {
      name: 'archive',
      summary: `${folder}, an object every ${roll.rows} rows or ${formatDuration(roll.everyMs)}`,
      prepare(context) {
        const events = eventsFor(context)
        return async () => startArchive(await openFolderStore(folder), roll, context, events)
      },
    }
  }),
}

/** Over any store. */
async function startArchive(
  store: ObjectStore,
  roll: Roll,
  { log, clock, endAtStart }: ProjectionContext,
  events: ArchiveEvents,
): Promise<Projection> {
  const archivers: Archiver[] = []
  for (let shard = 0; shard < log.shards; shard++) {
    const lane = { incarnation: log.incarnation, topic: 'samples', shard } as const
    archivers.push(
      await openArchiver({ log, store, clock, lane, roll, events, endAtStart: endAtStart(lane.topic, shard) }),
    )
  }
  return {
    position: (topic, shard) => (topic === 'samples' ? archivers[shard]?.position : undefined),
    async advance() {
      let wanted: number = pauses.idle
      for (const archiver of archivers) wanted = Math.min(wanted, await archiver.advance())
      return wanted
    },
    async flush() {
      for (const archiver of archivers) await archiver.rollNow()
    },
  }
}

function eventsFor({ logger, meters }: ProjectionContext): ArchiveEvents {
  const objects = meters.counter('archive_objects_total', 'Objects added to the archive')
  const objectRows = meters.counter('archive_rows_total', 'Rows added to the archive')
  const objectBytes = meters.counter('archive_bytes_total', 'Bytes added to the archive')
  const lostRecords = meters.counter(
    'archive_lost_records_total',
    'Records that were gone from the log before they were archived',
  )
  return {
    stored({ key, rows, bytes }) {
      objects.inc()
      objectRows.inc(rows)
      objectBytes.inc(bytes)
      logger.debug({ key, rows, bytes }, 'object stored')
    },
    sealed(span) {
      logger.debug(span, 'range archived')
    },
    lost(span) {
      lostRecords.inc(span.end - span.first)
      logger.error(span, 'the log dropped records before they were archived')
    },
  }
}
