import { alarmWords, deviceShape, pointName } from '@lineside/device-profiles'
import { name, optionalKeys, orList } from '@lineside/settings'
import * as z from 'zod'
import { type DetectRule, detectors } from '../../detect/detectors.ts'

type DetectorKey = DetectRule['kind']

const detectorKeys = Object.keys(detectors).filter(isDetector)

function isDetector(key: string): key is DetectorKey {
  return Object.hasOwn(detectors, key)
}

/** A detector: one of those that there are, on a point. */
const detectEntry = z
  .strictObject({ point: pointName, ...alarmWords, ...optionalKeys(detectors) })
  .check(context => {
    const given = detectorsOf(context.value)
    const refuse = (message: string) => context.issues.push({ code: 'custom', input: context.value, message })
    if (given.length > 1) refuse(`${given.join(' and ')} are different detectors; write each under a name of its own`)
    else if (given.length === 0 && context.issues.length === 0) {
      refuse(`the detector does not say what it looks for; write ${orList(detectorKeys)}`)
    }
  })
  .meta({
    description: 'a detector that learns what is usual',
    oneOf: detectorKeys.map(key => ({ required: [key] })),
  })

export type DetectEntry = z.output<typeof detectEntry>

/** The detectors that an entry names; one, where it is sound. */
export function detectorsOf(entry: DetectEntry): readonly DetectorKey[] {
  return detectorKeys.filter(key => entry[key] !== undefined)
}

/**
 * One entry of `devices`. `profile` and `link` may come from the template that `use` names, so that only the merged
 * entry can be judged complete.
 */
export const deviceEntry = z
  .strictObject({ ...deviceShape, detect: z.record(name, detectEntry).default({}) })
  .meta({ description: 'one field device' })

/** One entry of `templates`: a device without `use`. */
export const templateEntry = deviceEntry.omit({ use: true }).meta({ description: 'what several devices share' })

export type DeviceEntry = z.output<typeof deviceEntry>
