import type { AlarmEntry, Clock, Sample, StateEntry } from '@lineside/contract'
import type { AlarmWatch } from '../alarms/watch.ts'
import type { BatchBuffer } from '../buffer/api.ts'
import type { LiveValues } from './live-values.ts'
import type { SampleFeed } from './sample-feed.ts'
import type { Intake, Settle } from '../intake.ts'
import type { Deadband } from '../poll/deadband.ts'

export interface PipelineParts {
  readonly clock: Clock
  readonly live: LiveValues
  /** People who look on. */
  readonly feed: Pick<SampleFeed, 'publish'>
  readonly watch: AlarmWatch
  /** Device name → its report by exception. */
  readonly deadbands: ReadonlyMap<string, Deadband>
  readonly buffer: Pick<BatchBuffer, 'append' | 'commit'>
  /** Tells the people on site. */
  readonly announce: (alarm: AlarmEntry) => void
}

export interface Pipeline extends Intake {
  /** Lets delays run out of which no sample tells. */
  tick(): void
  /** Journals and announces a transition that a person caused. */
  alarm(entry: AlarmEntry): void
}

/**
 * The way of a sample: live values, detectors and alarms, then the deadband and the buffer.
 *
 * Delivery guarantees: a link owns the sample until `settle` was called, which happens after the commit, or at once
 * where the deadband holds the sample back. Detectors see every sample of now.
 */
export function createPipeline({ clock, live, feed, watch, deadbands, buffer, announce }: PipelineParts): Pipeline {
  // People hear of an alarm before it is on the disk: alarms never wait for the buffer.
  const alarm = (entry: AlarmEntry) => {
    announce(entry)
    buffer.append('alarms', entry)
  }
  return {
    alarm,
    sample(sample: Sample, settle?: Settle) {
      const now = clock.monotonic()
      live.update(sample)
      feed.publish(sample)
      for (const entry of watch.observe(sample, now)) alarm(entry)
      const deadband = deadbands.get(sample.device)
      if (!deadband) return buffer.append('data', sample, settle)
      const kept = deadband.filter(sample, now)
      if (!kept) return settle?.()
      buffer.append('data', kept, error => {
        if (error) deadband.forget()
        settle?.(error)
      })
    },
    past: (sample, settle) => buffer.append('data', sample, settle),
    kept(sample, settle) {
      live.update(sample)
      feed.publish(sample)
      buffer.append('data', sample, settle)
    },
    hurry() {
      // Who waits hears of a failure by `settle`.
      buffer.commit().catch(() => undefined)
    },
    state(change: Omit<StateEntry, 'k' | 't'>) {
      buffer.append('data', { k: 'state', t: clock.now(), ...change })
    },
    tick() {
      for (const entry of watch.tick(clock.monotonic())) alarm(entry)
    },
  }
}
