import type { ThresholdRule, ZscoreRule } from '../config/types.ts'
import type { Detector } from './detector.ts'
import { createThreshold } from './threshold.ts'
import { createZscore } from './zscore.ts'

/** A rule of any detector; `kind` chooses. */
export type AlarmRule = ThresholdRule | ZscoreRule

/**
 * The detector of a rule, going on from `saved` (what `snapshot` gave, perhaps under other limits) where it can:
 * what it can't use it leaves out.
 */
export function createDetector(rule: AlarmRule, saved: unknown, atMs: number): Detector {
  switch (rule.kind) {
    case 'threshold':
      return createThreshold(rule, saved, atMs)
    case 'zscore':
      return createZscore(rule, saved, atMs)
    default:
      return rule satisfies never
  }
}
