import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import { messageOf } from '../error.ts'
import { topics } from '../log/log.ts'
import type { Log } from '../log/log.ts'
import { startLoop } from '../loop.ts'
import type { Metrics } from '../metrics.ts'
import type { Projection } from './projection.ts'

/** A projection with its schedule. Disposing stops it where it is. */
export interface RunningProjection extends AsyncDisposable, Pick<Projection, 'position'> {
  readonly name: string
  /** Brings it to the end of the log. */
  flush(): Promise<void>
  /** What keeps it from going on; undefined when nothing does. */
  problem(): string | undefined
}

export interface RunOptions {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'projectionLag' | 'projectionFailures'>
}

/** Calls a projection when something has come or it asks for it, later and later after failures, and tells its lag. */
export function runProjection(name: string, projection: Projection, options: RunOptions): RunningProjection {
  const { log, clock, logger, metrics } = options
  const labels = { projection: name }
  let problem: string | undefined

  async function tellLag(): Promise<void> {
    let records = 0
    for (const topic of topics) {
      for (let shard = 0; shard < log.shards; shard++) {
        const position = projection.position(topic, shard)
        if (position !== undefined) records += (await log.end(topic, shard)) - position
      }
    }
    metrics.projectionLag.set(labels, records)
  }

  const loop = startLoop({
    clock,
    log,
    async turn() {
      try {
        return await projection.advance()
      } finally {
        await tellLag()
      }
    },
    failed(error) {
      metrics.projectionFailures.inc(labels)
      if (problem === undefined) logger.error({ err: error }, `the ${name} stands still; the log keeps what comes`)
      problem = messageOf(error)
    },
    recovered(failures) {
      logger.info({ failures }, `the ${name} goes on`)
      problem = undefined
    },
  })

  return {
    name,
    position: (topic, shard) => projection.position(topic, shard),
    problem: () => problem,
    flush: () =>
      loop.exclusive(async () => {
        await projection.flush()
        await tellLag()
      }),
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]()
      await projection.close?.()
    },
  }
}
