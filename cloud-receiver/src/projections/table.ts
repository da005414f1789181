import { startArchive } from './archive/archive.ts'
import type { StartProjection } from './projection.ts'

/** All projections there are: to add one, write its file and name it here. */
export const projections: readonly StartProjection[] = [startArchive]
