import * as z from 'zod'
import { durationBetween } from '@lineside/settings'

const roll = z
  .strictObject({
    rows: z.int().min(1000).max(10_000_000).default(1_000_000).meta({ description: 'after so many rows' }),
    every: durationBetween('1s', '1d').prefault('5m').meta({ description: 'so long after its first, 1s to 1d' }),
  })
  .prefault({})
  .meta({ description: 'when an object ends, whichever comes first' })

/** What may stand under `archive:`. */
export const archiveSettings = z
  .union([
    z.literal('off'),
    z.strictObject({
      folder: z.string().min(1).default('./archive').meta({ description: 'where the files go' }),
      roll,
    }),
  ])
  .prefault({})
  .meta({ description: 'readings as Parquet' })
