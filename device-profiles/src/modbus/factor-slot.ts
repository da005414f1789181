import type { DecodePoint } from './decode-point.ts'
import type { FactorRegister } from './profile.ts'
import { setQuality, type Readings } from './readings.ts'

interface Waiting {
  readonly point: string
  readonly decode: DecodePoint
  readonly view: DataView
}

/**
 * A scale factor that one request of a poll brings and another request's points need. A factor of an earlier poll is
 * never used: a device may change it at run time. Until the factor is there its points are `bad:communication`.
 */
export class FactorSlot {
  readonly register: FactorRegister
  exponent = Number.NaN
  #poll: Readings | undefined
  #known = false
  readonly #waiting = new Map<string, Waiting>()

  constructor(register: FactorRegister) {
    this.register = register
  }

  /** Takes the factor, and decodes what came before it in the same poll. */
  take(exponent: number, poll: Readings): void {
    this.#turnTo(poll)
    this.exponent = exponent
    this.#known = true
    for (const { point, decode, view } of this.#waiting.values()) {
      if (poll.quality) {
        const { [point]: _, ...others } = poll.quality
        poll.quality = Object.keys(others).length > 0 ? others : undefined
      }
      decode(view, poll)
    }
    this.#waiting.clear()
  }

  /** Decoder of a point that needs this factor. */
  dependent(point: string, decode: DecodePoint): DecodePoint {
    return (view, poll) => {
      this.#turnTo(poll)
      if (this.#known) return decode(view, poll)
      setQuality(poll, point, 'bad:communication')
      const copy = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice()
      this.#waiting.set(point, { point, decode, view: new DataView(copy.buffer) })
    }
  }

  #turnTo(poll: Readings): void {
    if (this.#poll === poll) return
    this.#poll = poll
    this.#known = false
    this.#waiting.clear()
  }
}
