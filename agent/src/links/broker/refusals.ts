import type { Logger } from 'pino'
import type { Clock } from '@lineside/contract'
import type { LinkRefusals } from '../link.ts'

export interface Refusal {
  /** What was refused and why, in words: `wrong password`. */
  readonly what: string
  /** Whose: user, client and address, as far as they are known. Never a password. */
  readonly user?: string | undefined
  readonly client?: string | undefined
  readonly address?: string | undefined
  readonly topic?: string | undefined
}

/** The log hears of the same refusal of the same client this often at most, ms. */
const sameAgainMs = 600_000
/** Of all together, lines a minute: whoever tries names out can't fill a disk. */
const linesPerMinute = 10
/** Refusals that are told apart; of more it starts again from empty. */
const maxKnown = 1000
/** Characters of a name that a client chose. */
const longestName = 80

/** What the broker refuses its clients: counted, told in the log within bounds, and the last one is kept for the status. */
export class Refusals {
  readonly #link: string
  readonly #clock: Clock
  readonly #log: Logger
  /** What was refused to whom → monotonic time of its last line in the log. */
  readonly #told = new Map<string, number>()
  #minuteMs = Number.NEGATIVE_INFINITY
  #lines = 0
  #untold = 0
  #count = 0
  #last: { readonly text: string; readonly t: number } | undefined

  constructor(link: string, { clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#link = link
    this.#clock = clock
    this.#log = log
  }

  /** Undefined while nothing was refused. */
  get status(): LinkRefusals | undefined {
    return this.#last && { count: this.#count, ...this.#last }
  }

  tell({ what, user, client, address, topic }: Refusal): void {
    const of = Object.entries({ user, client, address, topic })
    const fields = Object.fromEntries(of.flatMap(([name, text]) => (text === undefined ? [] : [[name, short(text)]])))
    const whose = Object.entries(fields).map(([name, value]) => `${name} ${value}`)
    const text = [what, ...whose].join(', ')
    this.#count++
    this.#last = { text, t: this.#clock.now() }
    // Some clients call themselves anew at each try.
    const { client: _, ...same } = fields
    if (!this.#mayTell(JSON.stringify([what, same]))) {
      this.#untold++
      return
    }
    const untold = this.#untold > 0 ? { untold: this.#untold } : {}
    this.#untold = 0
    this.#log.warn({ link: this.#link, reason: what, ...fields, ...untold }, 'broker refused a client')
  }

  #mayTell(key: string): boolean {
    const nowMs = this.#clock.monotonic()
    const told = this.#told.get(key)
    if (told !== undefined && nowMs - told < sameAgainMs) return false
    if (nowMs - this.#minuteMs >= 60_000) {
      this.#minuteMs = nowMs
      this.#lines = 0
    }
    if (this.#lines >= linesPerMinute) return false
    this.#lines++
    if (this.#told.size >= maxKnown) this.#told.clear()
    this.#told.set(key, nowMs)
    return true
  }
}

/** A name as a client gave it: no control characters, and not endless. */
function short(name: string): string {
  const clean = name.replace(/\p{Cc}/gu, '?')
  return clean.length > longestName ? `${clean.slice(0, longestName)}…` : clean
}
