import type { Detector } from './detector.ts'
import { type DetectorKind, detectorKind } from './kind.ts'
import { createThreshold, type ThresholdRule } from './threshold.ts'
import { type ZscoreRule, zscoreKeys, zscoreRule } from './zscore-rule.ts'
import { createZscore } from './zscore.ts'

/** A rule of a detector that learns; `kind` chooses. */
export type DetectRule = ZscoreRule

/** A rule of any detector: those, and limits. */
export type AlarmRule = ThresholdRule | DetectRule

type Rules = { readonly [R in AlarmRule as R['kind']]: R }

/** What can stand under `detect`, by its key. */
export const detectors: { readonly [K in DetectRule['kind']]: DetectorKind<Rules[K]> } = {
  zscore: detectorKind({ schema: zscoreKeys, resolve: zscoreRule, create: createZscore }),
}

/** The detector of a rule; what of `saved` it can't use it leaves out. */
export function createDetector(rule: AlarmRule, saved: unknown, atMs: number): Detector {
  return rule.kind === 'threshold' ? createThreshold(rule, saved, atMs) : detectorOf(rule.kind, rule, saved, atMs)
}

function detectorOf<K extends DetectRule['kind']>(kind: K, rule: Rules[K], saved: unknown, atMs: number): Detector {
  return detectors[kind].create(rule, saved, atMs)
}
