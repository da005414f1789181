import type { Clock } from '@lineside/contract'
import type { Secret, SecretRef } from '@lineside/settings'
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
  /** Offset behind the last record that the log held when the receiver began: what lies there came since. */
  readonly endAtStart: (topic: Topic, shard: number) => number
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

/**
 * Connects and finds its position; the receiver listens meanwhile, and nothing is lost by waiting. It settles within
 * time-outs of its own. One that rejects is repeated after a pause; only where the first call rejects at once with a
 * ReceiverError that is not retryable, the receiver does not start.
 */
export type StartProjection = () => Promise<Projection>

/** A projection that the configuration asks for. */
export interface PlannedProjection {
  readonly name: string
  /** What it will do, for `lineside-receiver check`. */
  readonly summary: string
  /** Called once, and touches nothing outside: makes its metrics. */
  prepare(context: ProjectionContext): StartProjection
}

/** What a plan is made with. */
export interface PlanSite {
  /** A path as it holds from the working folder; it is written as it holds from the file's. */
  readonly at: (path: string) => string
  /** A secret's value. Undefined where it can't be read, which is told with its place: `path` leads there from the key. */
  readonly secret: (path: readonly string[], ref: SecretRef) => Secret | undefined
}

/** Makes a plan of what was written. Undefined: switched off, or a secret is missing. */
export type MakePlan = (site: PlanSite) => PlannedProjection | undefined

/** One line of the table. */
export interface ProjectionKind {
  /** Its key in receiver.yaml. */
  readonly name: string
  /** What may stand under the key, and what that means. */
  readonly settings: z.ZodType<MakePlan>
}
