import { alarmStates, isQuality, priorities, type Quality } from '@lineside/contract'
import { z } from 'zod'
import type { RouteName } from './routes.ts'

// Who asks checks by these schemas. The agent that answers knows their types alone: it holds none of them in its memory.

const valueSchema = z.union([z.number(), z.string(), z.boolean(), z.bigint()])
const qualitySchema = z.custom<Quality>(isQuality)

const readingSchema = z.object({
  point: z.string(),
  /** UTC ms. */
  t: z.number(),
  value: valueSchema.exactOptional(),
  unit: z.string().exactOptional(),
  quality: qualitySchema.exactOptional(),
  /** When it became bad, UTC ms; absent where it is not. */
  badSince: z.number().exactOptional(),
})

const deviceSchema = z.object({
  name: z.string(),
  profile: z.string(),
  link: z.string(),
  /** `waiting` until it has answered or failed for the first time. */
  state: z.enum(['waiting', 'online', 'degraded', 'offline', 'misconfigured']),
  reason: z.string().exactOptional(),
  /** When it was found to be in this state, UTC ms. */
  since: z.number().exactOptional(),
  /** When it last gave a value, UTC ms; absent where it has given none since the start. */
  lastValueAt: z.number().exactOptional(),
  /**
   * Until an offline device is asked again, or another for what it leaves unanswered, ms. Sooner where its link comes back,
   * later where others of its line are asked first.
   */
  nextTryMs: z.number().exactOptional(),
  readings: z.array(readingSchema),
})

const linkStateSchema = z.enum(['starting', 'online', 'offline'])

const linkSchema = z.object({
  name: z.string(),
  kind: z.string(),
  state: linkStateSchema,
  /** Why it is not online, or what of it does not work. */
  reason: z.string().exactOptional(),
  /** What it refused its clients: how often, the last one, and when that was, UTC ms. */
  refusals: z.object({ count: z.number(), text: z.string(), t: z.number() }).exactOptional(),
})

const bufferSchema = z.object({
  waitingBatches: z.number(),
  waitingReadings: z.number(),
  waitingBytes: z.number(),
  /** Age of the oldest waiting batch in ms; absent where nothing waits. */
  oldestAgeMs: z.number().exactOptional(),
  /** Readings committed by this run. */
  committedReadings: z.number(),
  evictedReadings: z.number(),
  /** Why the disk refuses commits; absent while all is well. */
  failing: z.string().exactOptional(),
  /** Readings that wait in memory; absent while the disk takes them. */
  pendingReadings: z.number().exactOptional(),
  /** Nothing is known yet of what waits on the disk, and it is not counted. */
  unopened: z.literal(true).exactOptional(),
})

const uplinkSchema = z.object({
  state: z.enum(['off', 'idle', 'sending', 'waiting']),
  reason: z.string().exactOptional(),
  /** For so long the receiver has taken nothing of what it was sent, ms; absent while it does. */
  failingForMs: z.number().exactOptional(),
  /** Until the next try, ms. */
  nextTryMs: z.number().exactOptional(),
  /** UTC ms. */
  lastReceiptAt: z.number().exactOptional(),
  /** Bytes that this run took of the way to the receiver, both ways, as the budget of the month counts them. */
  wireBytes: z.number(),
  /** Bytes of this month, and how long data waits for the next one, ms; 0: not at all. */
  budget: z.object({ budgetBytes: z.number(), spentBytes: z.number(), waitMs: z.number() }).exactOptional(),
})

const clockSchema = z.object({
  state: z.enum(['synchronised', 'doubtful', 'wrong']),
  source: z.enum(['service', 'receiver', 'machine']).exactOptional(),
  /** By how much the machine's clock is to be corrected, ms. */
  correctionMs: z.number(),
  jumps: z.number(),
  problem: z.string().exactOptional(),
  needsPerson: z.literal(true).exactOptional(),
})

const statusSchema = z.object({
  gateway: z.string(),
  version: z.string(),
  /** UTC ms, by what is known of the clock now. */
  startedAt: z.number(),
  /** By the monotonic clock. */
  upMs: z.number(),
  links: z.array(linkSchema),
  devices: z.array(deviceSchema),
  buffer: bufferSchema,
  uplink: uplinkSchema,
  clock: clockSchema,
  process: z.object({ cpuMs: z.number(), rssBytes: z.number() }),
})

/** Shares of time, 0 to 1. */
const sharesSchema = z.object({ lastMinute: z.number(), last15Minutes: z.number() })

/** A line as it was used; times in ms. */
const lineSchema = z.object({
  link: z.string(),
  kind: z.string(),
  state: linkStateSchema,
  /** Polls that may be under way together. */
  lanes: z.number(),
  busy: sharesSchema,
  /** How long after they were due polls began: so many at most so late; without an end all of them. */
  late: z.array(z.object({ endMs: z.number().exactOptional(), polls: z.number() })),
  /** How late all of them were together. */
  lateMs: z.number(),
  devices: z.array(
    z.object({
      device: z.string(),
      state: z.enum(['starting', 'online', 'offline']),
      busy: sharesSchema,
      /** Since the start. */
      busyMs: z.number(),
      /** Shortest interval that is wanted; absent where there is none. */
      wantedMs: z.number().exactOptional(),
      /** Between the begins of two polls; absent while fewer than two have begun, and while it is offline. */
      medianMs: z.number().exactOptional(),
      p95Ms: z.number().exactOptional(),
      /** Due polls that were not begun, since the start. */
      missed: z.number(),
      /** Polls skipped because the one before was still running, since the start. */
      overruns: z.number(),
    }),
  ),
})

/** What an active alarm and a line of its journal have in common. */
const alarmFields = {
  device: z.string(),
  alarm: z.string(),
  id: z.string(),
  state: z.enum(alarmStates),
  priority: z.enum(priorities),
  value: z.number().exactOptional(),
  limit: z.number().exactOptional(),
  text: z.string(),
  message: z.string().exactOptional(),
  action: z.string().exactOptional(),
  by: z.string().exactOptional(),
}

/** One that is not normal. Times are UTC ms. */
const alarmSchema = z.object({
  ...alarmFields,
  point: z.string(),
  /** When it was raised. */
  since: z.number(),
  /** What ended its condition; absent while that is there. */
  over: z.object({ since: z.number(), text: z.string() }).exactOptional(),
  /** When this was told, by what the agent knows of the clock. */
  asOf: z.number(),
  /** Of an active one whose point gives no value: since when, and why. Whether its condition is still there nobody knows. */
  unseen: z.object({ since: z.number().exactOptional(), reason: z.string() }).exactOptional(),
})

const alarmEntrySchema = z.object({
  k: z.literal('alarm'),
  t: z.number(),
  ...alarmFields,
  event: z.enum(['raised', 'acknowledged', 'returned', 'reraised']),
  point: z.string().exactOptional(),
})

const readSchema = z.object({
  ok: z.literal(true),
  device: z.string(),
  profile: z.string(),
  link: z.string(),
  /** `asked`: read just now; `heard`: the device speaks by itself, these are its newest values. */
  source: z.enum(['asked', 'heard']),
  /** When this was told, UTC ms by what the agent knows of the clock. */
  asOf: z.number(),
  /** From asking to the last answer, with the wait for the line, ms. */
  tookMs: z.number().exactOptional(),
  /** In the order in which they were named. */
  readings: z.array(readingSchema),
  /** Points that were asked for and that this device does not have; absent where it has all. */
  absent: z.array(z.string()).exactOptional(),
  /** What went wrong, if anything did. */
  reason: z.string().exactOptional(),
  /** Of one that speaks by itself: it is offline, or the way to it. */
  isOffline: z.literal(true).exactOptional(),
})

const releasedSchema = z.object({
  batches: z.number(),
  readings: z.number(),
  /** Numbers that stay: no batch can be read there, or there is none. */
  left: z.array(z.number()),
  /** Numbers that stay because no receipt says that the receiver has not got them. */
  maybeStored: z.array(z.number()),
})

/** What each route answers. */
export const answers = {
  status: statusSchema,
  bus: z.array(lineSchema),
  alarms: z.array(alarmSchema),
  acknowledge: z.object({ ok: z.literal(true), entry: alarmEntrySchema }),
  unquarantine: releasedSchema,
  read: readSchema,
} satisfies Readonly<Record<RouteName, z.ZodType>>

/** One line of what follows samples: first what the devices are, then samples, and how many were missed between two. */
export const feedLine = z.discriminatedUnion('k', [
  z.object({
    k: z.literal('device'),
    t: z.number(),
    device: z.string(),
    profile: z.string(),
    version: z.string(),
    tags: z.record(z.string(), z.string()),
    points: z.record(
      z.string(),
      z.object({
        type: z.string(),
        unit: z.string().exactOptional(),
        counter: z.literal(true).exactOptional(),
      }),
    ),
  }),
  z.object({
    k: z.literal('sample'),
    device: z.string(),
    t: z.number(),
    values: z.record(z.string(), valueSchema),
    quality: z.record(z.string(), qualitySchema).exactOptional(),
    clock: z.enum(['device', 'unsynchronised', 'unknown']).exactOptional(),
  }),
  z.object({ k: z.literal('dropped'), count: z.number() }),
])

/** Answered instead, with the reason and what to do. */
export const refusal = z.object({ ok: z.literal(false), text: z.string() })

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

export type Answer<Name extends RouteName> = DeepReadonly<z.output<(typeof answers)[Name]>>
export type Refusal = DeepReadonly<z.output<typeof refusal>>
export type FeedLine = DeepReadonly<z.output<typeof feedLine>>

export type AgentStatus = Answer<'status'>
export type LinkView = AgentStatus['links'][number]
export type DeviceView = AgentStatus['devices'][number]
export type ReadingView = DeviceView['readings'][number]
export type BufferView = AgentStatus['buffer']
export type UplinkView = AgentStatus['uplink']
export type AlarmView = Answer<'alarms'>[number]
export type LineView = Answer<'bus'>[number]
