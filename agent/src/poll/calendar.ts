/** Times of the wall clock at which something is due. */
export interface Calendar {
  /** As it was written: the same text means the same times. */
  readonly text: string
  /** The first such time behind `utcMs`, UTC ms; undefined where there is none. */
  after(utcMs: number): number | undefined
}

/** Points of one device that are due by the same calendar. */
export interface CalendarGroup<P> {
  readonly calendar: Calendar
  readonly points: readonly P[]
  /** The next time, UTC ms. */
  nextUtcMs: number | undefined
  /** Where the wall clock stood at the last look, UTC ms. */
  lookedUtcMs: number | undefined
  /** Monotonic time of the next look. */
  lookAtMs: number
  isDue: boolean
}

/** The wall clock is looked at this often, as it may be set. */
const longestLookMs = 60_000

export function createCalendarGroups<P extends { readonly calendar?: Calendar | undefined }>(
  points: readonly P[],
  nowMs: number,
): CalendarGroup<P>[] {
  const byText = new Map<string, { readonly calendar: Calendar; readonly points: P[] }>()
  for (const point of points) {
    const { calendar } = point
    if (!calendar) continue
    const group = byText.get(calendar.text)
    if (group) group.points.push(point)
    else byText.set(calendar.text, { calendar, points: [point] })
  }
  return [...byText.values()].map(group => ({
    ...group,
    nextUtcMs: undefined,
    lookedUtcMs: undefined,
    lookAtMs: nowMs,
    isDue: false,
  }))
}

/**
 * Looks at the wall clock. A time that it has passed since the last look makes the group due, once however many there
 * were; a clock that was set back begins anew from where it stands.
 */
export function lookAt(group: CalendarGroup<unknown>, nowMs: number, utcMs: number): void {
  const { calendar, lookedUtcMs, nextUtcMs } = group
  const isPassed = nextUtcMs !== undefined && nextUtcMs <= utcMs
  if (isPassed) group.isDue = true
  if (isPassed || lookedUtcMs === undefined || utcMs < lookedUtcMs) group.nextUtcMs = calendar.after(utcMs)
  group.lookedUtcMs = utcMs
  const waitMs = (group.nextUtcMs ?? Number.POSITIVE_INFINITY) - utcMs
  group.lookAtMs = nowMs + Math.min(waitMs, longestLookMs)
}
