import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics.ts'
import type { ReceiverConfig } from '../config/config.ts'

/** What a projection is made with. */
export interface ProjectionContext {
  readonly config: ReceiverConfig
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
}

/**
 * Something that reads the log and keeps its own position, exactly once in effect: it never asks ingest for anything,
 * and ingest never waits for it. Disposing stops it where it is; what it has not done yet it does after a restart.
 */
export interface Projection extends AsyncDisposable {
  readonly name: string
  /** Takes in all that the log holds now and makes it durable. */
  flush(): Promise<void>
  /** What keeps it from going on; undefined when nothing does. */
  problem(): string | undefined
}

/** Starts a projection; undefined where the configuration does not ask for it. */
export type StartProjection = (context: ProjectionContext) => Promise<Projection | undefined>
