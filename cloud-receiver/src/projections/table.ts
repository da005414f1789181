import { archiveKind } from './archive/archive.ts'
import type { ProjectionKind } from './projection.ts'

/** All kinds of projections there are: to add one, write its folder and name it here. */
export const projectionKinds: readonly ProjectionKind[] = [archiveKind]
