import { savedFields, savedNumber } from './detector.ts'
import { learn, merge, noMoments, reset } from './moments.ts'
import type { Moments } from './moments.ts'

const slots = 60

/** Moments over the last `windowMs`, in steps of a sixtieth, in memory that doesn't grow with the readings. */
export interface RollingWindow {
  /** Moments of what was learnt within the window; read them, don't keep them. */
  at(atMs: number): Readonly<Moments>
  learn(value: number, atMs: number): void
  clear(): void
  snapshot(atMs: number): unknown
}

/**
 * A ring of 60 sub-windows. Those that are closed are merged once for each step, so that a reading costs the merge of
 * two. A value leaves after between 59 and 60 sixtieths of the window.
 */
export function createRollingWindow(windowMs: number, saved: unknown, startMs: number): RollingWindow {
  const stepMs = windowMs / slots
  const ring = Array.from({ length: slots }, noMoments)
  const closed = noMoments()
  const all = noMoments()
  let step = 0
  // Start of the present step.
  let stepAtMs = startMs

  const slot = (index: number): Moments => ring[((index % slots) + slots) % slots] ?? all

  function mergeClosed(): void {
    reset(closed)
    for (let age = 1; age < slots; age++) merge(closed, slot(step - age))
  }

  function advance(atMs: number): void {
    const steps = Math.floor((atMs - stepAtMs) / stepMs)
    if (steps < 1) return
    for (let i = 1; i <= Math.min(steps, slots); i++) reset(slot(step + i))
    step = (step + steps) % slots
    stepAtMs += steps * stepMs
    mergeClosed()
  }

  function restore(): void {
    const { windowMs: of, ageMs, parts } = savedFields(saved)
    if (of !== windowMs || !Array.isArray(parts)) return
    for (const part of parts.slice(0, slots)) {
      const numbers: readonly unknown[] = Array.isArray(part) ? part : []
      const [age = -1, count = 0, mean = 0, m2 = -1] = numbers.map(item => savedNumber(item))
      if (age < 0 || age >= slots || count < 1 || m2 < 0) continue
      merge(slot(step - age), { count, mean, m2 })
    }
    stepAtMs = startMs - Math.min(stepMs, Math.max(0, savedNumber(ageMs) ?? 0))
    mergeClosed()
  }

  restore()
  return {
    at(atMs) {
      advance(atMs)
      const present = slot(step)
      all.count = closed.count
      all.mean = closed.mean
      all.m2 = closed.m2
      merge(all, present)
      return all
    },
    learn(value, atMs) {
      advance(atMs)
      learn(slot(step), value)
    },
    clear() {
      for (const moments of ring) reset(moments)
      reset(closed)
    },
    snapshot(atMs) {
      advance(atMs)
      const parts = Array.from({ length: slots }, (_, age) => {
        const { count, mean, m2 } = slot(step - age)
        return [age, count, mean, m2]
      })
      return { windowMs, ageMs: Math.round(atMs - stepAtMs), parts: parts.filter(([, count]) => count !== 0) }
    },
  }
}
