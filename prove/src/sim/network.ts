import type { Answer, Post } from '../../../agent/src/uplink/api.ts'
import type { AskTime, TimeAnswer } from '../../../agent/src/clock/api.ts'
import { vouchesFor } from './certificates.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { Boot } from './boot.ts'
import type { SimReceiver } from './receiver.ts'
import type { Scheduler } from './scheduler.ts'

/** What can happen to one request or its answer, each with its probability. */
export interface NetworkFaults {
  readonly lose: number
  readonly late: number
  readonly double: number
  readonly tear: number
  readonly crash: number
  readonly full: number
  readonly portal: number
}

export const perfect: NetworkFaults = { lose: 0, late: 0, double: 0, tear: 0, crash: 0, full: 0, portal: 0 }

/** How often each of the kinds that a walk has happens in it. */
export function drawFaults(s: Scheduler, kinds: ReadonlySet<FaultKind>): NetworkFaults {
  const often = (kind: FaultKind) => (kinds.has(kind) ? 0.02 + s.random() * 0.3 : 0)
  return {
    lose: often('lose'),
    late: often('late'),
    double: often('double'),
    tear: often('tear'),
    crash: often('receiver crash'),
    full: often('receiver full'),
    portal: often('portal'),
  }
}

/** From then on the receiver's certificate is valid: a week before the walk. */
export const certificateFromMs = 1_763_100_000_000
const notYetValid: Answer = { kind: 'failed', reason: 'certificate is not yet valid' }

/** Silence after which the agent's client gives a request up. */
const silenceMs = 30_000

/** Everything between a gateway and the receiver. */
export class Network {
  faults: NetworkFaults = perfect
  cut = false
  readonly #receiver: SimReceiver
  readonly #scheduler: Scheduler
  #letters = 0

  constructor(receiver: SimReceiver, scheduler: Scheduler) {
    this.#receiver = receiver
    this.#scheduler = scheduler
  }

  /** The way from one process; `isAlive` ends with it, `seemsValid` says what it makes of the receiver's certificate. */
  post(isAlive: () => boolean, seemsValid: () => boolean): Post {
    return (body, signal) =>
      new Promise<Answer>(resolve => {
        const settle = (answer: Answer) => {
          if (isAlive()) resolve(answer)
        }
        if (!seemsValid()) {
          this.#scheduler.after(this.#delay(), () => settle(notYetValid))
          return
        }
        const failed = (reason: string) => settle({ kind: 'failed', reason })
        this.#scheduler.after(silenceMs, () => failed('silence'))
        signal.addEventListener('abort', () => failed('aborted'))
        if (this.cut) this.#scheduler.after(this.#delay(), () => failed('refused'))
        else this.#send(body, settle)
      })
  }

  #send(body: Uint8Array, settle: (answer: Answer) => void): void {
    const { faults } = this
    const s = this.#scheduler
    const letter = ++this.#letters
    if (s.chance(faults.portal)) return this.#portal(letter, settle)
    if (s.chance(faults.lose)) return s.tell(`request ${letter} is lost`)
    const torn = s.chance(faults.tear) ? tear(body, s) : body
    if (torn !== body) s.tell(`request ${letter} is torn`)
    const copies = s.chance(faults.double) ? 2 : 1
    for (let copy = 1; copy <= copies; copy++) {
      // A late one arrives when the agent has long given it up and sent others.
      const delay = copy > 1 || s.chance(faults.late) ? s.random() * 300_000 : this.#delay()
      s.after(delay, () => this.#arrive(letter, torn, settle))
    }
  }

  #arrive(letter: number, body: Uint8Array, settle: (answer: Answer) => void): void {
    const { faults } = this
    const s = this.#scheduler
    if (s.chance(faults.crash / 2)) {
      s.tell(`receiver crashes before request ${letter}`)
      this.#receiver.crash()
      return settle({ kind: 'failed', reason: 'reset' })
    }
    const full = s.chance(faults.full)
    const handle = () => this.#receiver.handle(body)
    const answered = full ? this.#receiver.failing(handle) : handle()
    if (!answered) {
      s.tell(`receiver is replaced by another release behind request ${letter}`)
      return settle({ kind: 'failed', reason: 'reset' })
    }
    const { status, contentType, body: text } = answered
    s.tell(`receiver answers request ${letter} with ${status} ${status === 200 ? text : ''}`)
    if (s.chance(faults.crash)) {
      s.tell(`receiver crashes behind request ${letter}`)
      this.#receiver.crash()
      return settle({ kind: 'failed', reason: 'reset' })
    }
    if (s.chance(faults.lose)) return s.tell(`answer ${letter} is lost`)
    const cut = s.chance(faults.tear) ? s.below(text.length) : text.length
    if (cut < text.length) s.tell(`answer ${letter} is torn at ${cut}`)
    const dateMs = s.now() - (s.now() % 1000)
    const answer = { kind: 'response', status, contentType, body: text.slice(0, cut), dateMs } as const
    s.after(this.#delay(), () => settle(answer))
  }

  /**
   * The receiver, or somebody else, is asked for the time. A stranger's certificate fails every check; where it is not valid
   * yet either, that is all that OpenSSL says of it.
   */
  askTime(boot: Boot, isAlive: () => boolean): AskTime {
    return check =>
      new Promise<TimeAnswer>(resolve => {
        const s = this.#scheduler
        const sentMs = boot.monotonic()
        const isStranger = s.chance(2 * this.faults.portal)
        const isLost = this.cut || s.chance(this.faults.lose)
        s.after(this.#delay(), () => {
          if (!isAlive()) return
          const isEarly = boot.now() < certificateFromMs
          if (isLost) return resolve({ kind: 'failed', reason: 'out of reach' })
          if (check === 'full' && isEarly) return resolve({ kind: 'not_yet_valid' })
          const dateMs = s.now() - (s.now() % 1000) + (isStranger ? 7_777_777_000 : 0)
          const isBelieved =
            check === 'full'
              ? !isStranger
              : !boot.isPinned || vouchesFor(dateMs, isStranger ? 'stranger' : 'receiver', list => s.pick(list))
          if (!isBelieved) return resolve({ kind: 'failed', reason: 'a stranger' })
          resolve({ kind: 'date', dateMs, sentMs, receivedMs: boot.monotonic() })
        })
      })
  }

  /** Somebody else answers. */
  #portal(letter: number, settle: (answer: Answer) => void): void {
    const other = JSON.stringify({ streams: [{ stream: '99999999-0000-4000-8000-000000000000', acked: [[1, 9]] }] })
    const answers = [
      [200, 'text/html', '<html>please log in</html>'],
      [200, 'application/json', other],
      [200, 'application/json', '{}'],
      [404, 'text/html', ''],
      [401, 'application/json', '{"code":"unauthorized"}'],
      [403, 'application/json', '{"code":"gateway_mismatch"}'],
      [302, 'text/html', ''],
      [429, 'application/json', '{"code":"rate"}'],
      [413, 'application/json', '{"code":"too_large"}'],
      [503, 'application/json', '{"code":"busy"}'],
    ] as const
    const [status, contentType, body] = this.#scheduler.pick(answers) ?? answers[0]
    this.#scheduler.tell(`request ${letter} is answered by somebody else: ${status} ${contentType}`)
    this.#scheduler.after(this.#delay(), () => settle({ kind: 'response', status, contentType, body }))
  }

  #delay(): number {
    return 5 + this.#scheduler.random() * 400
  }
}

/** A part is missing, a byte has changed, or a zero byte came in. */
function tear(body: Uint8Array, scheduler: Scheduler): Uint8Array {
  const at = scheduler.below(body.length)
  const how = scheduler.below(3)
  if (how === 0) return body.slice(0, at)
  const copy = Buffer.from(body)
  if (how === 1) {
    copy[at] = (copy[at] ?? 0) ^ (1 + scheduler.below(255))
    return copy
  }
  return Buffer.concat([copy.subarray(0, at), Buffer.of(0), copy.subarray(at)])
}
