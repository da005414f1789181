import type { DeviceConfig } from '../config/types.ts'
import type { Said } from './heard.ts'

/** What reading a device once came to. */
export interface DeviceRead {
  readonly device: string
  readonly link: string
  /** Points that are configured and that it has. */
  readonly points: readonly string[]
  /**
   * `good`: every point has a value; `bad`: one has none, or the device can't be reached; `silent`: nothing is wrong,
   * but it speaks by itself and has not said everything; `unread`: it can't be read without the agent.
   */
  readonly verdict: 'good' | 'bad' | 'silent' | 'unread'
  /** Undefined where it is unread. */
  readonly read: Readonly<Said> | undefined
  readonly reason?: string | undefined
  readonly tookMs?: number | undefined
}

export type DeviceBase = Pick<DeviceRead, 'device' | 'link' | 'points'>

export function baseOf({ name, link, points }: DeviceConfig): DeviceBase {
  return { device: name, link, points: [...points.keys()] }
}

/** It was asked, or tried to be. */
export function asked(base: DeviceBase, read: Said, reason?: string, tookMs?: number): DeviceRead {
  const isGood = base.points.every(point => point in read.values)
  return { ...base, verdict: isGood ? 'good' : 'bad', read, reason, tookMs }
}

const mostWords = 3

/** The first few, each of some words, and how many more there are. */
export function fewWords(all: readonly (readonly string[])[]): string {
  const shown = all.slice(0, mostWords).map(words => words.join(' '))
  return all.length > mostWords ? `${shown.join(', ')} and ${all.length - mostWords} more` : shown.join(', ')
}
