import { messageOf } from '@lineside/contract'
import { ReceiverError, receiverErrorCodes } from '../error.ts'
import { topics } from '../log/log.ts'
import { startLoop } from '../loop.ts'
import type { Metrics } from '../metrics.ts'
import type { PlannedProjection, Projection, ProjectionContext } from './projection.ts'

/** A projection with its schedule. Disposing stops it where it is. */
export interface RunningProjection extends AsyncDisposable, Pick<Projection, 'position'> {
  readonly name: string
  /** Settles when it was tried once to start it: rejects where trying again can't help. */
  readonly tried: Promise<void>
  /** Brings it to the end of the log. */
  flush(): Promise<void>
  /** What keeps it from going on; undefined when nothing does. */
  problem(): string | undefined
}

/**
 * Starts a projection, and calls it when something has come or it asks for it, later and later after failures, and
 * tells its lag. Until it has been started it is taken to need all that the log holds.
 */
export function runProjection(
  { name, prepare }: Pick<PlannedProjection, 'name' | 'prepare'>,
  context: ProjectionContext,
  metrics: Pick<Metrics, 'projectionLag' | 'projectionFailures' | 'projectionUp'>,
): RunningProjection {
  const { log, clock, logger } = context
  const labels = { projection: name }
  const start = prepare(context)
  const tried = Promise.withResolvers<void>()
  tried.promise.catch(() => undefined)
  let projection: Projection | undefined
  let problem: string | undefined

  const position: Projection['position'] = (topic, shard) => (projection ? projection.position(topic, shard) : 0)

  async function tellLag(): Promise<void> {
    let records = 0
    for (const topic of topics) {
      for (let shard = 0; shard < log.shards; shard++) {
        const from = position(topic, shard)
        if (from === undefined) continue
        records += (await log.end(topic, shard)) - Math.max(from, await log.begin(topic, shard))
      }
    }
    metrics.projectionLag.set(labels, records)
  }

  const loop = startLoop({
    clock,
    log,
    atOnce: true,
    async turn() {
      try {
        projection ??= await start()
        tried.resolve()
        const wanted = await projection.advance()
        metrics.projectionUp.set(labels, 1)
        return wanted
      } finally {
        await tellLag()
      }
    },
    failed(error) {
      metrics.projectionFailures.inc(labels)
      metrics.projectionUp.set(labels, 0)
      if (problem === undefined) logger.error({ err: error }, `the ${name} stands still; the log keeps what comes`)
      problem = messageOf(error)
      if (isFinal(error)) tried.reject(error)
      else tried.resolve()
    },
    recovered(failures) {
      logger.info({ failures }, `the ${name} goes on`)
      problem = undefined
    },
  })

  return {
    name,
    tried: tried.promise,
    position,
    problem: () => problem,
    flush: () =>
      loop.exclusive(async () => {
        if (projection === undefined) throw new Error(`it could not be started: ${problem ?? 'it was not tried yet'}`)
        await projection.flush()
        await tellLag()
      }),
    async [Symbol.asyncDispose]() {
      await loop[Symbol.asyncDispose]()
      await projection?.close?.()
    },
  }
}

/** The same call can't succeed later. */
function isFinal(error: unknown): boolean {
  return error instanceof ReceiverError && !receiverErrorCodes[error.code].retryable
}
