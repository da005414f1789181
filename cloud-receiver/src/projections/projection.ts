import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type * as z from 'zod'
import type { Log, Topic } from '../log/log.ts'
import type { Meters } from '../metrics.ts'

/** What a projection is made with. */
export interface ProjectionContext {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  /** For metrics of its own; lag and failures are the runner's. */
  readonly meters: Meters
}

/**
 * Something that reads the log and keeps its own position, exactly once in effect: it never asks ingest for anything,
 * and ingest never waits for it. It gets one call at a time; one that throws is repeated after a pause. What it has
 * not done yet when the process ends it does after a restart.
 */
export interface Projection {
  /** Offset below which it needs nothing any more; undefined for a topic that it does not read. */
  position(topic: Topic, shard: number): number | undefined
  /** Takes in what has come; gives the milliseconds after which it wants another call even if nothing comes. */
  advance(): Promise<number>
  /** Takes in all that the log holds now and makes it durable. */
  flush(): Promise<void>
  /** Lets go of connections. */
  close?(): Promise<void>
}

/** A projection that the configuration asks for. */
export interface PlannedProjection {
  readonly name: string
  /** What it will do, for `lineside-receiver check`. */
  readonly summary: string
  /** Finds its position. Throws ReceiverError. */
  start(context: ProjectionContext): Promise<Projection>
}

/** Makes a plan of what was written; paths hold from the file's folder through `at`. Undefined: switched off. */
export type MakePlan = (at: (path: string) => string) => PlannedProjection | undefined

/** One line of the table. */
export interface ProjectionKind {
  /** Its key in receiver.yaml. */
  readonly name: string
  /** What may stand under the key, and what that means. */
  readonly settings: z.ZodType<MakePlan>
}
