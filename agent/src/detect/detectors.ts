import type { Detector } from './detector.ts'
import { type DetectorKind, detectorKind, type RuleKind } from './kind.ts'
import type { LimitRule } from './limit-rule.ts'
import { ofNumbers } from './of-numbers.ts'
import { createState } from './state.ts'
import { createThreshold } from './threshold.ts'
import { type ZscoreRule, zscoreKeys, zscoreRule } from './zscore-rule.ts'
import { createZscore } from './zscore.ts'

/** A rule that stands under `detect`; `kind` chooses. */
export type DetectRule = ZscoreRule

export type AlarmRule = LimitRule | DetectRule

type Rules = { readonly [R in AlarmRule as R['kind']]: R }

/** What can stand under `detect`, by its key. */
export const detectors: { readonly [K in DetectRule['kind']]: DetectorKind<Rules[K]> } = {
  zscore: detectorKind({ schema: zscoreKeys, resolve: zscoreRule, create: ofNumbers(createZscore) }),
}

/** What watches for a rule. What is under `alarms` profiles propose too: its keys stand in `device-profiles/src/device.ts`. */
const kinds: { readonly [K in AlarmRule['kind']]: RuleKind<Rules[K]> } = {
  threshold: { create: ofNumbers(createThreshold) },
  state: { create: createState },
  ...detectors,
}

/** The detector of a rule; what of `saved` it can't use it leaves out. */
export function createDetector(rule: AlarmRule, saved: unknown, atMs: number): Detector {
  return detectorOf(rule.kind, rule, saved, atMs)
}

function detectorOf<K extends AlarmRule['kind']>(kind: K, rule: Rules[K], saved: unknown, atMs: number): Detector {
  return kinds[kind].create(rule, saved, atMs)
}
