/** What the demo does by itself, in ms since the simulator is ready; the plant's own part stands in plant.yaml. */
export const story = { cutAt: 5_000, restoreAt: 13_000, every: 60_000 } as const

/** The shortest run in which everything happens and the backlog arrives. */
export const shortestRunSeconds = 15

export interface UplinkScene {
  readonly cut: boolean
  /** ms since the scene began; undefined before the first cut. */
  readonly sinceMs: number | undefined
  readonly nextMs: number
}

/** Whether the demo holds the uplink cut at a moment, and when it changes next. */
export function uplinkAt(elapsedMs: number): UplinkScene {
  const inCycle = elapsedMs % story.every
  const first = elapsedMs < story.every
  if (inCycle < story.cutAt) {
    const sinceMs = first ? undefined : inCycle + story.every - story.restoreAt
    return { cut: false, sinceMs, nextMs: story.cutAt - inCycle }
  }
  if (inCycle < story.restoreAt) return { cut: true, sinceMs: inCycle - story.cutAt, nextMs: story.restoreAt - inCycle }
  return { cut: false, sinceMs: inCycle - story.restoreAt, nextMs: story.every - inCycle + story.cutAt }
}
