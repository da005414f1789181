import type { Sample } from '@lineside/contract'

/** What a listener gets: samples in their order, and how many are missing between two of them. */
export type FeedItem = Sample | { readonly k: 'dropped'; readonly count: number }

export interface FeedListener extends Disposable {
  /** The next item; undefined: there is none yet, and the listener is woken when there is. */
  take(): FeedItem | undefined
}

export interface FeedCounters {
  readonly listeners: number
  /** Samples that listeners were too slow for, since the start. */
  readonly dropped: number
}

/** Live samples for those who look on. A slow listener loses samples and is told how many; nobody waits for it. */
export interface SampleFeed {
  publish(sample: Sample): void
  /** Samples of these devices, of all where none is named; undefined: as many listen already as may. */
  listen(devices: ReadonlySet<string>, wake: () => void): FeedListener | undefined
  counters(): FeedCounters
}

/** Samples that wait for one listener. */
const mostWaiting = 1000
const mostListeners = 16

interface Listening {
  readonly devices: ReadonlySet<string>
  readonly wake: () => void
  readonly waiting: FeedItem[]
  /** Samples since the last one that found room. */
  missed: number
  isIdle: boolean
}

export function createSampleFeed(): SampleFeed {
  const all = new Set<Listening>()
  let dropped = 0
  return {
    publish(sample) {
      // This runs for every sample, and mostly nobody looks on.
      if (all.size === 0) return
      for (const listening of all) {
        if (listening.devices.size > 0 && !listening.devices.has(sample.device)) continue
        if (!offer(listening, sample)) dropped++
      }
    },
    listen(devices, wake) {
      if (all.size >= mostListeners) return undefined
      const listening: Listening = { devices, wake, waiting: [], missed: 0, isIdle: true }
      all.add(listening)
      return {
        take() {
          const item = listening.waiting.shift()
          if (item) return item
          listening.isIdle = true
          return undefined
        },
        [Symbol.dispose]: () => void all.delete(listening),
      }
    },
    counters: () => ({ listeners: all.size, dropped }),
  }
}

/** False: there is no room for it. */
function offer(listening: Listening, sample: Sample): boolean {
  const { waiting, wake } = listening
  if (waiting.length >= mostWaiting) {
    listening.missed++
    return false
  }
  if (listening.missed > 0) waiting.push({ k: 'dropped', count: listening.missed })
  listening.missed = 0
  waiting.push(sample)
  if (listening.isIdle) {
    listening.isIdle = false
    wake()
  }
  return true
}
