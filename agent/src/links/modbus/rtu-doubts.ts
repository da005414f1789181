import { type ModbusQuery, replyBytes } from '@lineside/device-profiles'

interface Doubt {
  readonly untilMs: number
  /** An exception came meanwhile that was not believed: this one's, or that of an older request. */
  readonly disbelieved: boolean
}

/** Forms of answers that are remembered; beyond it the oldest is forgotten. */
const maxDoubts = 4096

/**
 * RTU answers carry no request number: an answer that comes late fits every later request with the same unit, function
 * and length. This remembers which forms of answers may still be on their way to an older request.
 */
export class RtuDoubts {
  /** By unit, function and length, oldest first. */
  readonly #forms = new Map<number, Doubt>()
  /** Exceptions have one length: by unit and function. */
  readonly #exceptions = new Map<number, Doubt>()

  /** The request stayed without its answer, which may still come until then. */
  unanswered(unitId: number, read: ModbusQuery, untilMs: number, disbelieved: boolean): void {
    remember(this.#forms, formOf(unitId, read), { untilMs, disbelieved })
    remember(this.#exceptions, kindOf(unitId, read), { untilMs, disbelieved })
  }

  /**
   * From when on an answer of this form can only be the answer to this request; undefined: nothing is in doubt. In the
   * past: what has arrived by then must be read before the request is sent.
   */
  clearFromMs(unitId: number, read: ModbusQuery): number | undefined {
    const form = this.#forms.get(formOf(unitId, read))
    const exception = this.#exceptions.get(kindOf(unitId, read))
    // A unit that refuses everything would be disbelieved for ever, each of its requests leaving the next one in doubt.
    if (!exception?.disbelieved) return form?.untilMs
    return Math.max(form?.untilMs ?? exception.untilMs, exception.untilMs)
  }

  /** All that arrived up to then was read. */
  cleared(unitId: number, read: ModbusQuery, untilMs: number): void {
    forget(this.#forms, formOf(unitId, read), untilMs)
    forget(this.#exceptions, kindOf(unitId, read), untilMs)
  }

  /** An exception to a request that is sent now may be the answer to an older one with this function. */
  exceptionInDoubt(unitId: number, read: ModbusQuery): boolean {
    return this.#exceptions.has(kindOf(unitId, read))
  }
}

function kindOf(unitId: number, read: ModbusQuery): number {
  return unitId * 64 + read.functionCode
}

function formOf(unitId: number, read: ModbusQuery): number {
  return kindOf(unitId, read) * 256 + (read.functionCode === 43 ? 0 : replyBytes(read))
}

function remember(doubts: Map<number, Doubt>, key: number, { untilMs, disbelieved }: Doubt): void {
  const older = doubts.get(key)
  doubts.delete(key)
  doubts.set(key, {
    // A long answer to an older request may be expected for longer.
    untilMs: Math.max(untilMs, older?.untilMs ?? untilMs),
    disbelieved: disbelieved || older?.disbelieved === true,
  })
  if (doubts.size <= maxDoubts) return
  for (const oldest of doubts.keys()) {
    doubts.delete(oldest)
    return
  }
}

function forget(doubts: Map<number, Doubt>, key: number, untilMs: number): void {
  const doubt = doubts.get(key)
  if (doubt && doubt.untilMs <= untilMs) doubts.delete(key)
}
