import { type ModbusQuery, replyBytes } from '@lineside/device-profiles'

interface Doubt {
  readonly untilMs: number
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
  unanswered(unitId: number, read: ModbusQuery, untilMs: number): void {
    remember(this.#forms, formOf(unitId, read), untilMs)
    remember(this.#exceptions, kindOf(unitId, read), untilMs)
  }

  /**
   * From when on an answer of this form can only be the answer to this request; undefined: nothing is in doubt. In the
   * past: the line should be listened to for a moment before it is believed.
   */
  clearFromMs(unitId: number, read: ModbusQuery): number | undefined {
    return this.#forms.get(formOf(unitId, read))?.untilMs
  }

  /** An exception may be the answer to an older request with this function. */
  exceptionInDoubt(unitId: number, read: ModbusQuery, nowMs: number): boolean {
    const doubt = this.#exceptions.get(kindOf(unitId, read))
    return doubt !== undefined && doubt.untilMs > nowMs
  }

  /** The line was listened to after that time. */
  cleared(unitId: number, read: ModbusQuery): void {
    this.#forms.delete(formOf(unitId, read))
  }
}

function kindOf(unitId: number, read: ModbusQuery): number {
  return unitId * 64 + read.functionCode
}

function formOf(unitId: number, read: ModbusQuery): number {
  return kindOf(unitId, read) * 256 + (read.functionCode === 43 ? 0 : replyBytes(read))
}

function remember(doubts: Map<number, Doubt>, key: number, untilMs: number): void {
  doubts.delete(key)
  doubts.set(key, { untilMs })
  if (doubts.size <= maxDoubts) return
  for (const oldest of doubts.keys()) {
    doubts.delete(oldest)
    return
  }
}
