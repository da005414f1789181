import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Clock, sleep, messageOf } from '@lineside/contract'
import type { ReceiverConfig } from './config/config.ts'
import { readTls } from './config/tls-files.ts'
import { Credentials } from './credentials/credentials.ts'
import { ReceiverError } from './error.ts'
import { createIngest } from './ingest/server.ts'
import { openEmbeddedLog } from './log/embedded/embedded-log.ts'
import { startKeeper } from './log/keeper.ts'
import { type Log, topics } from './log/log.ts'
import { createMetrics } from './metrics.ts'
import { runProjection } from './projections/run-projection.ts'
import type { ProjectionContext } from './projections/projection.ts'
import type { RunningProjection } from './projections/run-projection.ts'

export interface Receiver {
  /** `http://127.0.0.1:8443`; `https:` with TLS. */
  readonly url: string
  /** Settles with the reason when it can't go on. */
  readonly failed: Promise<Error>
  /** Stops accepting, finishes what is under way, brings every projection to the end of the log, and closes. */
  stop(): Promise<void>
}

/** Where the tokens are kept. */
export function credentialsPath(config: ReceiverConfig): string {
  return join(config.data, 'credentials.db')
}

/**
 * A projection that starts within it is known before anything comes, so that the log has room; one that does not, because
 * what it writes to is away, keeps nobody waiting any longer.
 */
const firstTryMs = 2000

/** Starts all parts, or none; a projection may follow. Throws ReceiverError. */
export async function startReceiver(config: ReceiverConfig, clock: Clock, logger: Logger): Promise<Receiver> {
  await using parts = new AsyncDisposableStack()
  const tls = readTls(config.tls)
  const metrics = createMetrics()
  const credentials = parts.use(Credentials.open(credentialsPath(config), clock))
  const listenerFailed = (error: unknown) => logger.error({ err: error }, 'a listener of the log failed')
  const log = parts.use(await openEmbeddedLog({ path: join(config.data, 'log.db'), clock, listenerFailed }))
  const context = { log, clock, logger, meters: metrics.meters, endAtStart: await endsOf(log) }
  const projections = config.projections.map(plan => parts.use(runProjection(plan, context, metrics)))
  await firstTries(projections, clock)
  const keeper = parts.use(
    await startKeeper({ log, readers: projections, maxBytes: config.limits.log, clock, logger, metrics }),
  )
  let stopped = false
  void log.failed.then(() => (stopped = true))
  const standStill = () =>
    projections
      .filter(one => one.problem() !== undefined)
      .map(({ name }) => `the ${name} stands still; the log keeps what comes`)
  const ingest = createIngest({
    log,
    credentials,
    clock,
    logger,
    metrics,
    limits: config.limits,
    ...(tls === undefined ? {} : { tls }),
    full: () => keeper.full(),
    failing: () => (stopped ? ['the log has stopped'] : []),
    degraded: standStill,
  })
  parts.defer(() => ingest.close())
  const url = await listen(ingest, config)
  if (credentials.list().length === 0) {
    logger.warn('no gateway has a token yet; make one with: lineside-receiver gateway add NAME')
  }
  const running = parts.move()
  return {
    url,
    failed: log.failed,
    async stop() {
      try {
        await ingest.close()
        // One that fails keeps none of the others from it; what it lacks it reads after the next start.
        await Promise.all(
          projections.map(one =>
            one.flush().catch((err: unknown) => logger.error({ err }, `the ${one.name} is not at the end of the log`)),
          ),
        )
      } finally {
        await running.disposeAsync()
      }
    },
  }
}

/** Where each topic ends now. */
async function endsOf(log: Log): Promise<ProjectionContext['endAtStart']> {
  const ends = new Map<string, number>()
  for (const topic of topics) {
    for (let shard = 0; shard < log.shards; shard++) ends.set(`${topic} ${shard}`, await log.end(topic, shard))
  }
  return (topic, shard) => ends.get(`${topic} ${shard}`) ?? 0
}

/** Waits until every projection was tried once, not for long. Throws where one can never start. */
async function firstTries(projections: readonly RunningProjection[], clock: Clock): Promise<void> {
  const done = new AbortController()
  try {
    await Promise.race([Promise.all(projections.map(({ tried }) => tried)), sleep(clock, firstTryMs, done.signal)])
  } finally {
    done.abort()
  }
}

async function listen(ingest: ReturnType<typeof createIngest>, config: ReceiverConfig): Promise<string> {
  const { host, port } = config.listen
  const url = await ingest.listen({ host, port }).catch((error: unknown) => {
    throw new ReceiverError('listen', `can't listen on ${host}:${port}: ${messageOf(error)}`, {
      hint: 'another program may use the port; listen: says which one to take',
      cause: error,
    })
  })
  // The server is made here, and fastify takes every such server for one without TLS.
  return config.tls === undefined ? url : url.replace(/^http:/, 'https:')
}
