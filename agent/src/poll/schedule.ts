import { type Calendar, type CalendarGroup, createCalendarGroups, lookAt } from './calendar.ts'

/** How one point wants to be polled. */
export interface ScheduledPoint {
  readonly name: string
  /** Poll interval, ms, > 0. */
  readonly everyMs: number
  /** It is polled by the calendar, and the interval says only how often that is about. */
  readonly calendar?: Calendar | undefined
  /** An alarm or a detector looks at it: it goes first where there is a choice. */
  readonly urgent: boolean
}

/** The points of one device that are read together in one poll. */
export interface Turn {
  /**
   * The same key means the same points, for as long as the schedule lives: fit for caching plans. Undefined: points
   * that a person asked for, just once.
   */
  readonly key: number | undefined
  /** Urgent ones first. */
  readonly points: readonly string[]
}

/** A turn that was taken from the schedule. */
export interface Taken {
  readonly turn: GridTurn
  /** Slots of the device's shortest interval that passed without a poll since the last one. */
  readonly missed: number
}

/** A turn of the grid. */
interface GridTurn extends Turn {
  readonly key: number
}

interface Group {
  readonly everyMs: number
  readonly points: readonly ScheduledPoint[]
  /** The next slot of the grid that was not taken yet. */
  slot: number
}

/** When the points of one device are due: one grid an interval, all with the same origin. */
export interface DeviceSchedule {
  readonly originMs: number
  /** By interval, shortest first. */
  readonly groups: readonly Group[]
  /** Beside the grid. */
  readonly calendars: readonly CalendarGroup<ScheduledPoint>[]
  /** How much earlier than it is the device counts as due when others are due as well. */
  readonly headStartMs: number
  readonly turns: Map<number, GridTurn>
  /** Monotonic time at which the next turn is due. */
  dueMs: number
  /** Every point is wanted now, whatever the grid says. */
  everything: boolean
}

/** Turns are cached by a bit for each interval; longer intervals beyond this many join the last one. */
const maxGroups = 30
/** Of one device: more would make turns that can't be told apart, and the configuration allows no more. */
export const maxCalendars = 20
/** First polls of the devices of a line are spread over at most this long. */
const maxSpreadMs = 1000
/** Into slots of at least this length. */
const leastSlotMs = 20
/** Devices of different lines that may begin in one slot: the last of them begins some 10 ms late. */
const slotDevices = 25
/** A line begins one poll after the other anyway: its own devices have so many slots. */
const lineSlots = 4

/**
 * Lays the points of a device on a fixed grid of monotonic time.
 * `originMs` is the time of the first poll; every later one is at `originMs + n × everyMs`, so nothing drifts.
 */
export function createSchedule(all: readonly ScheduledPoint[], originMs: number): DeviceSchedule {
  const points = all.filter(point => !point.calendar)
  const intervals = [...new Set(points.map(p => p.everyMs))].toSorted((a, b) => a - b).slice(0, maxGroups)
  const byInterval = new Map<number, ScheduledPoint[]>(intervals.map(everyMs => [everyMs, []]))
  const longest = intervals.at(-1) ?? 0
  for (const point of points) byInterval.get(Math.min(point.everyMs, longest))?.push(point)
  const urgent = all.some(p => p.urgent)
  const schedule: DeviceSchedule = {
    originMs,
    groups: [...byInterval].map(([everyMs, group]) => ({ everyMs, points: group, slot: 0 })),
    calendars: createCalendarGroups(all, originMs).slice(0, maxCalendars),
    headStartMs: urgent ? (intervals[0] ?? 0) / 4 : 0,
    turns: new Map(),
    dueMs: originMs,
    everything: false,
  }
  schedule.dueMs = nextDue(schedule)
  return schedule
}

/**
 * First poll times for `intervalsMs.length` devices of one line, so that not all fire in the same millisecond.
 * All lines of the process share a few slots of the monotonic clock and so wake it together: waking a processor that
 * sleeps costs more than the poll that it is woken for. `sharing`: the devices of all lines.
 */
export function spreadOrigins(
  intervalsMs: readonly number[],
  sharing: number,
  nowMs: number,
  random: () => number,
): number[] {
  const offset = random()
  const wanted = Math.max(Math.ceil(sharing / slotDevices), Math.min(intervalsMs.length, lineSlots))
  return intervalsMs.map((everyMs, i) => {
    const spanMs = Math.min(everyMs, maxSpreadMs)
    const slots = Math.max(1, Math.min(wanted, Math.floor(spanMs / leastSlotMs)))
    const slotMs = spanMs / slots
    const slot = Math.floor(((i + offset) / intervalsMs.length) * slots)
    return (Math.ceil(nowMs / slotMs) + slot) * slotMs
  })
}

/** Shortest interval of the points that lie on the grid; undefined where all are polled by the calendar. */
export function shortestInterval(points: readonly ScheduledPoint[]): number | undefined {
  const intervals = points.flatMap(point => (point.calendar ? [] : [point.everyMs]))
  return intervals.length > 0 ? Math.min(...intervals) : undefined
}

/** Lets what the calendar says fall due. Wanted before `takeTurn` where there are calendars. `utcMs` is the wall clock. */
export function lookAtCalendars(schedule: DeviceSchedule, nowMs: number, utcMs: number): void {
  for (const group of schedule.calendars) lookAt(group, nowMs, utcMs)
}

/** Takes what is due at `nowMs`; undefined while nothing is. Slots that passed unused are counted and skipped. */
export function takeTurn(schedule: DeviceSchedule, nowMs: number): Taken | undefined {
  if (schedule.dueMs > nowMs) return undefined
  let key = 0
  let missed = 0
  for (let i = 0; i < schedule.groups.length; i++) {
    const group = schedule.groups[i]
    if (!group) continue
    const due = schedule.originMs + group.slot * group.everyMs <= nowMs
    if (!due && !schedule.everything) continue
    key += 2 ** i
    if (!due) continue
    const current = slotAt(schedule, group, nowMs)
    if (i === 0) missed = current - group.slot
    group.slot = current + 1
  }
  for (let i = 0; i < schedule.calendars.length; i++) {
    const group = schedule.calendars[i]
    if (!group || !(group.isDue || schedule.everything)) continue
    key += 2 ** (schedule.groups.length + i)
    group.isDue = false
  }
  schedule.everything = false
  schedule.dueMs = nextDue(schedule)
  return key === 0 ? undefined : { turn: turnFor(schedule, key), missed }
}

/** What `takeTurn` will say was missed, of a device that has not been polled since. */
export function missedSince(schedule: DeviceSchedule, nowMs: number): number {
  const [group] = schedule.groups
  if (!group || schedule.originMs + group.slot * group.everyMs > nowMs) return 0
  return slotAt(schedule, group, nowMs) - group.slot
}

/**
 * Says that the poll of `turn` has ended. Slots of the same points that came due while it ran are skipped;
 * returns how many of the shortest interval among them: the overruns.
 */
export function finishTurn(schedule: DeviceSchedule, turn: GridTurn, nowMs: number): number {
  if (schedule.dueMs > nowMs) return 0
  let overruns = 0
  for (let i = 0; i < schedule.groups.length; i++) {
    const group = schedule.groups[i]
    if (!group || Math.floor(turn.key / 2 ** i) % 2 === 0) continue
    if (schedule.originMs + group.slot * group.everyMs > nowMs) continue
    const next = slotAt(schedule, group, nowMs) + 1
    overruns = Math.max(overruns, next - group.slot)
    group.slot = next
  }
  schedule.dueMs = nextDue(schedule)
  return overruns
}

/** Makes every point of the device due at once; the grid stays where it is. */
export function wantEverything(schedule: DeviceSchedule, nowMs: number): void {
  schedule.everything = true
  schedule.dueMs = Math.min(schedule.dueMs, nowMs)
}

/** All points of the device, as one turn. */
export function wholeTurn(schedule: DeviceSchedule): Turn {
  return turnFor(schedule, 2 ** (schedule.groups.length + schedule.calendars.length) - 1)
}

/** Whether the points with the shortest interval are in it. */
export function hasShortest({ key }: GridTurn): boolean {
  return key % 2 === 1
}

/** The slot that `nowMs` lies in, where rounding must not make one come due twice. */
function slotAt(schedule: DeviceSchedule, group: Group, nowMs: number): number {
  const slot = Math.max(group.slot, Math.floor((nowMs - schedule.originMs) / group.everyMs))
  return schedule.originMs + (slot + 1) * group.everyMs <= nowMs ? slot + 1 : slot
}

function nextDue(schedule: DeviceSchedule): number {
  if (schedule.everything) return schedule.dueMs
  let due = Number.POSITIVE_INFINITY
  for (const group of schedule.groups) due = Math.min(due, schedule.originMs + group.slot * group.everyMs)
  for (const group of schedule.calendars) due = Math.min(due, group.lookAtMs)
  return due
}

/** A turn for each combination that occurs: at most as many as combinations of intervals fall due together. */
function turnFor(schedule: DeviceSchedule, key: number): GridTurn {
  let turn = schedule.turns.get(key)
  if (!turn) {
    const groups = [...schedule.groups, ...schedule.calendars]
    const points = groups.filter((_, i) => Math.floor(key / 2 ** i) % 2 === 1).flatMap(group => group.points)
    turn = { key, points: points.toSorted((a, b) => Number(b.urgent) - Number(a.urgent)).map(p => p.name) }
    if (schedule.turns.size >= maxTurns) schedule.turns.clear()
    schedule.turns.set(key, turn)
  }
  return turn
}

/** When there are more combinations than this the cache starts again from empty. */
const maxTurns = 64
