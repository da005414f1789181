import type { Published, PublishOptions } from '../link.ts'

/** A message that the agent wants to publish, and who waits to hear what became of it. */
export interface Outgoing {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
  readonly qos: 0 | 1
  readonly settle: (published: Published) => void
}

/** Topics whose newest message waits for the broker; the oldest is given up for more. */
const maxTopics = 1000

/** Retained messages that wait until the broker is there: of each topic the newest, as the broker itself would keep it. */
export class Outbox {
  readonly #waiting = new Map<string, Outgoing>()

  get size(): number {
    return this.#waiting.size
  }

  /** Keeps a message; an older one of its topic has become needless. */
  keep(message: Outgoing): void {
    this.#waiting.get(message.topic)?.settle({ ok: true })
    this.#waiting.delete(message.topic)
    this.#waiting.set(message.topic, message)
    const [oldest] = this.#waiting.values()
    if (this.#waiting.size <= maxTopics || !oldest) return
    this.#waiting.delete(oldest.topic)
    oldest.settle({ ok: false, text: `${maxTopics} newer messages wait for the broker` })
  }

  /** Puts back what was not acknowledged before the connection ended, unless something newer waits. */
  putBack(message: Outgoing): void {
    if (this.#waiting.has(message.topic)) message.settle({ ok: true })
    else this.keep(message)
  }

  take(): readonly Outgoing[] {
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    return all
  }
}

/** Bytes of a payload as it is handed in. */
export function outgoing(
  topic: string,
  payload: string | Uint8Array,
  { retain = false, qos = 0 }: PublishOptions,
  settle: Outgoing['settle'],
): Outgoing {
  return { topic, payload: typeof payload === 'string' ? Buffer.from(payload) : payload, retain, qos, settle }
}
