import { parseJson } from '@lineside/contract'
import type { IncomingBatch } from '../../../cloud-receiver/src/log/log.ts'
import { roundingMs } from '../../../agent/src/buffer/store/run-clocks.ts'
import type { LogEntry } from './receiver.ts'

/** Furthest that a time may be off which says nothing of it. */
const rightWithinMs = 1001

interface Stamped {
  readonly t: number
  readonly clock?: string
  readonly [key: string]: unknown
}

/** What is wrong about the times of what was sent. */
export class ClockHistory {
  readonly #violate: (text: string) => void
  /** What each batch was when it was sent first. */
  readonly #first = new Map<string, string>()

  /** In which boot each stream was minted. */
  readonly #boots = new Map<string, string>()

  constructor(violate: (text: string) => void) {
    this.#violate = violate
  }

  minted(stream: string, boot: string): void {
    this.#boots.set(stream, boot)
  }

  /** A backup knows nothing of what was sent since; what it did not know of the clock either may be decided anew. */
  restored(): void {
    this.#first.clear()
  }

  /** A batch never changes once it was sent, and is of an unknown time only when its boot is over. */
  sent(batches: readonly IncomingBatch[], boot: string, machine: string): void {
    for (const batch of batches) {
      const name = `${machine}: ${batch.stream}/${batch.seq}`
      const text = Buffer.from(batch.text).toString()
      const before = this.#first.get(name) ?? text
      if (before !== text) this.#violate(`REWRITTEN: ${name} was sent as ${before}, is ${text}`)
      this.#first.set(name, text)
      const isReleased = text.startsWith('{"k":"released"')
      if (!isReleased && this.#boots.get(batch.stream) === boot && text.split('\n').some(isOwnAndUnknown)) {
        this.#violate(`TOO SOON: ${name} is sent as of an unknown time while its boot goes on`)
      }
    }
  }

  /** Nothing but its time may differ from what was committed, and that only where it says so. */
  judge(what: string, json: string, line: string, trueMs: number | undefined): void {
    const [is, was] = [stampedOf(json), stampedOf(line)]
    const { t, clock, fromBatch: _from, ...rest } = is
    const { t: _before, clock: _mark, ...restBefore } = was
    if (JSON.stringify(rest) !== JSON.stringify(restBefore)) this.#violate(`ALTERED: ${what} is ${json}, was ${line}`)
    if (Math.abs(t - was.t) >= roundingMs && clock === undefined)
      this.#violate(`UNMARKED: ${what} is ${json}, was ${line}`)
    const off = trueMs === undefined || clock === 'unknown' ? 0 : t - trueMs
    if (Math.abs(off) > rightWithinMs) this.#violate(`CLOCK: the time of ${what} is off by ${off} ms: ${json}`)
  }

  /**
   * Within a stream times only ascend, but for what thinning passes on: it stands at the end of the stream. Where two
   * machines hold one stream (`isShared`), one may have come to know the time and the other not: what is marked as unknown
   * is then in order by itself, and the rest by itself.
   */
  judgeOrder(log: readonly LogEntry[], isShared: boolean): void {
    const part = ({ json }: LogEntry) => (isShared && json.includes('"clock":"unknown"') ? 1 : 0)
    const ordered = log
      .filter(({ json }) => json.startsWith('{"k":"sample"') || json.startsWith('{"k":"alarm"'))
      .filter(({ json }) => !json.includes('"fromBatch":'))
      .toSorted((a, b) => a.stream.localeCompare(b.stream) || part(a) - part(b) || a.seq - b.seq || a.idx - b.idx)
    for (const [index, entry] of ordered.entries()) {
      const before = ordered[index - 1]
      if (before?.stream !== entry.stream || part(before) !== part(entry)) continue
      if (stampedOf(before.json).t <= stampedOf(entry.json).t) continue
      this.#violate(`BACK IN TIME: ${entry.stream}/${entry.seq} ${entry.json} stands behind ${before.json}`)
    }
  }
}

/** What stands for batches of earlier boots is marked as they were. */
function isOwnAndUnknown(line: string): boolean {
  return line.includes('"clock":"unknown"') && !line.includes('"fromBatch":') && !line.startsWith('{"k":"summary"')
}

function stampedOf(json: string): Stamped {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every entry of a walk has a time
  return parseJson(json) as Stamped
}
