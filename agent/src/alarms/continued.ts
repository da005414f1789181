import type { AlarmEntry, AlarmState } from '@lineside/contract'
import { occurrenceAfter } from './saved.ts'
import type { Occurrence } from './saved.ts'
import { transition } from './transition.ts'
import type { AlarmEvent } from './transition.ts'

/** What an entry becomes now that more is known; undefined: it tells nothing new. */
export type Correction = (entry: AlarmEntry) => AlarmEntry | undefined
/** Has each entry of this run that is not committed yet corrected, in their order. */
export type CorrectTold = (correction: Correction) => void

/** Where an alarm stands. */
export interface Stand {
  readonly state: AlarmState
  /** There while the state is not normal. */
  readonly occurrence?: Occurrence | undefined
}

const causes: Readonly<Record<AlarmEntry['event'], AlarmEvent>> = {
  raised: 'raise',
  reraised: 'raise',
  returned: 'return',
  acknowledged: 'acknowledge',
}

/**
 * Alarms as an earlier run left them, led on through what this run told before it knew of them: what was active already is
 * not raised a second time, keeps its id, and who had acknowledged it.
 */
export class ContinuedAlarms {
  readonly #stands: Map<string, Stand>

  constructor(saved: Iterable<Stand & { readonly device: string; readonly alarm: string }>) {
    this.#stands = new Map(
      [...saved].map(({ device, alarm, state, occurrence }) => [`${device}/${alarm}`, { state, occurrence }]),
    )
  }

  correct(entry: AlarmEntry): AlarmEntry | undefined {
    const key = `${entry.device}/${entry.alarm}`
    const before = this.#stands.get(key)
    if (!before) return entry
    const { to, journal } = transition(before.state, causes[entry.event])
    if (!journal) return undefined
    const corrected = { ...entry, id: before.occurrence?.id ?? entry.id, event: journal, state: to }
    this.#stands.set(key, { state: to, occurrence: occurrenceAfter(before.occurrence, corrected) })
    return corrected
  }

  /** Where an alarm stands after what was corrected; undefined: nothing is known of it. */
  of(device: string, alarm: string): Stand | undefined {
    return this.#stands.get(`${device}/${alarm}`)
  }
}
