import type { Logger } from 'pino'
import type { Clock } from '@lineside/contract'
import type { Credentials } from '../credentials/credentials.ts'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics.ts'

export interface IngestOptions {
  readonly log: Log
  readonly credentials: Pick<Credentials, 'verify'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits: { readonly memory: number; readonly gatewayRate: number }
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa: string | undefined }
  /** Why nothing more may be stored; undefined while the log has room. */
  readonly full: () => string | undefined
  /** What is not well beside that, in words that may be shown to anyone: what keeps it from storing, and what doesn't. */
  readonly failing: () => readonly string[]
  readonly degraded: () => readonly string[]
}

/** How the last request went that could be stored. */
export interface Storing {
  /** Monotonic ms at which it was not; absent where it was. */
  failedMs?: number | undefined
}
