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
  /** What is not well, in words that may be shown to anyone; empty: all is. */
  readonly problems: () => readonly string[]
}

/** Whether the last request that could be stored was. */
export interface Storing {
  ok: boolean
}
