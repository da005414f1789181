/** A message of QoS 1 on its way to the commit. */
export interface Waiting {
  readonly id: number
  stored: boolean
}

/**
 * Which messages of one connection may be acknowledged. PUBACKs go out in the order of their PUBLISHs
 * (MQTT 5.0, section 4.6): one that is stored waits for those before it.
 */
export class AckWindow {
  #waiting: Waiting[] = []
  /** Those before it are acknowledged, and cut off now and then. */
  #first = 0

  get size(): number {
    return this.#waiting.length - this.#first
  }

  add(id: number): Waiting {
    const message = { id, stored: false }
    this.#waiting.push(message)
    return message
  }

  /** A message is stored: the ids that may be acknowledged now, in order. */
  stored(message: Waiting): readonly number[] {
    message.stored = true
    const ids: number[] = []
    for (;;) {
      const first = this.#waiting[this.#first]
      if (!first?.stored) break
      ids.push(first.id)
      this.#first++
    }
    if (this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first)
      this.#first = 0
    }
    return ids
  }
}

/** PUBACK packets without a reason code, which is success in every version: type, length 2, packet id. */
export function encodePubacks(ids: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * 4)
  ids.forEach((id, i) => {
    bytes.writeUInt16BE(0x4002, i * 4)
    bytes.writeUInt16BE(id, i * 4 + 2)
  })
  return bytes
}
