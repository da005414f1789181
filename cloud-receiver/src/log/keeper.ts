import type { Clock } from '@lineside/contract'
import { formatSize } from '@lineside/settings'
import type { Logger } from 'pino'
import { pauses, startLoop } from '../loop.ts'
import type { Metrics } from '../metrics.ts'
import { topics } from './log.ts'
import type { Log, Topic, TrimBounds } from './log.ts'

/** Somebody who reads the log: what lies at or behind its position stays. */
export interface LogReader {
  readonly name: string
  /** Undefined for a topic that it does not read. */
  position(topic: Topic, shard: number): number | undefined
}

export interface KeeperOptions {
  readonly log: Log
  readonly readers: readonly LogReader[]
  /** What the log may take on the disk. */
  readonly maxBytes: number
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'logBytes' | 'logLimit' | 'logRecords' | 'logTrimmed' | 'logFull'>
}

/** Events are few, and the log is their only place: they stay as long as this, unless the log has no room. */
export const eventsMs = 90 * 86_400_000

/**
 * Holds the log within its bound. What no reader needs any more goes oldest first, readings before events; when
 * nothing may go the log is full, and takes nothing until a reader has come further.
 */
export interface Keeper extends AsyncDisposable {
  /** Why nothing more may be appended; undefined while there is room. */
  full(): string | undefined
}

/** Looks once before it resolves, so that a log that is full is known before anything comes. */
export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { log, maxBytes, clock, logger, metrics } = options
  let full: string | undefined

  async function look(): Promise<number> {
    await dropOldEvents(options)
    const bytes = await makeRoom(options)
    if (bytes !== undefined) {
      metrics.logBytes.set(bytes)
      metrics.logLimit.set(maxBytes)
    }
    for (const topic of topics) metrics.logRecords.set({ topic }, await recordsIn(log, topic))
    const before = full
    full = bytes !== undefined && bytes > maxBytes ? await whyFull(options, bytes) : undefined
    metrics.logFull.set(full === undefined ? 0 : 1)
    if (full !== undefined && before === undefined) logger.error(`${full}; the gateways keep what they have`)
    if (full === undefined && before !== undefined) logger.info('the log has room again')
    return full === undefined ? pauses.idle : pauses.gather
  }

  await look()
  const loop = startLoop({
    clock,
    log,
    turn: look,
    failed: (error, failures) => {
      if (failures === 1) logger.error({ err: error }, 'the log can not be trimmed')
    },
    recovered: () => logger.info('the log can be trimmed again'),
  })
  return { full: () => full, [Symbol.asyncDispose]: () => loop[Symbol.asyncDispose]() }
}

/** Offset that every reader has come to: what lies before it may go. */
async function neededFrom({ log, readers }: KeeperOptions, topic: Topic, shard: number): Promise<number> {
  const positions = readers.flatMap(reader => reader.position(topic, shard) ?? [])
  return positions.length === 0 ? await log.end(topic, shard) : Math.min(...positions)
}

async function dropOldEvents(options: KeeperOptions): Promise<void> {
  const receivedBefore = options.clock.now() - eventsMs
  for (let shard = 0; shard < options.log.shards; shard++) {
    while ((await trim(options, 'events', shard, 'age', { receivedBefore })) > 0);
  }
}

/**
 * Trims until the bound holds or nothing may go; gives what is left. Events are small: giving them up while readings
 * are held would free little and lose all alarms, so they go only from a log that has no reading left.
 */
async function makeRoom(options: KeeperOptions): Promise<number | undefined> {
  const { log, maxBytes } = options
  for (const topic of topics) {
    if (topic === 'events' && (await recordsIn(log, 'samples')) > 0) break
    for (let shard = 0; shard < log.shards; shard++) {
      for (;;) {
        const bytes = await log.bytes()
        if (bytes === undefined || bytes <= maxBytes) return bytes
        if ((await trim(options, topic, shard, 'size')) === 0) break
      }
    }
  }
  return log.bytes()
}

async function trim(
  options: KeeperOptions,
  topic: Topic,
  shard: number,
  reason: 'age' | 'size',
  more: Omit<TrimBounds, 'before'> = {},
): Promise<number> {
  const { log, metrics } = options
  const count = await log.trim(topic, shard, { before: await neededFrom(options, topic, shard), ...more })
  metrics.logTrimmed.inc({ topic, reason }, count)
  return count
}

async function recordsIn(log: Log, topic: Topic): Promise<number> {
  let records = 0
  for (let shard = 0; shard < log.shards; shard++) {
    records += (await log.end(topic, shard)) - (await log.begin(topic, shard))
  }
  return records
}

/** The sentence for health and log: how full, and who still needs the oldest records. */
async function whyFull({ log, readers, maxBytes }: KeeperOptions, bytes: number): Promise<string> {
  const behind = new Set<string>()
  for (const topic of topics) {
    for (let shard = 0; shard < log.shards; shard++) {
      const end = await log.end(topic, shard)
      for (const reader of readers) if ((reader.position(topic, shard) ?? end) < end) behind.add(reader.name)
    }
  }
  const by = `what is in it is still needed by the ${[...behind].join(' and the ')}`
  const why = behind.size === 0 ? 'nothing in it may go' : by
  return `the log is full (${formatSize(bytes)} of ${formatSize(maxBytes)}): ${why}`
}
