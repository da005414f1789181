import type { Clock, Timer } from '@lineside/contract'
import {
  type CompiledSerial,
  createFramer,
  type Decoded,
  type Framer,
  type Framing,
  type Refused,
  type SerialRequest,
} from '@lineside/device-profiles'
import type { Talker } from '../../poll/talker.ts'

/** What became of one question. */
export type SerialResult =
  | { readonly ok: true; readonly decoded: Decoded }
  /** `answer` is what the device said instead of an answer, if it said anything. */
  | {
      readonly ok: false
      readonly kind: 'timeout' | 'disconnected' | 'refused'
      readonly text: string
      readonly answer?: Refused
    }

export interface SerialLineOptions {
  readonly framing: Framing
  readonly clock: Clock
  /** Resolves when an attempt to connect that is under way has come to an end. */
  readonly ready: () => Promise<void>
  /** False where nothing can be sent. */
  readonly write: (bytes: Uint8Array) => boolean
  /** Why nothing can be sent. */
  readonly whyNot: () => string
  /** A sound message came. */
  readonly heard: () => void
  /** Questions in a row went unanswered, and not one byte came meanwhile. */
  readonly silent: (text: string) => void
}

export interface SerialLineCounters {
  frames: number
  requests: number
  timeouts: number
  /** Frames nobody waited for and no device of the line knows. */
  strays: number
  /** Bytes were dropped to get back into step. */
  outOfStep: number
  /** Frames of a known form that were damaged or could not be decoded. */
  damaged: number
}

interface Question {
  readonly request: SerialRequest
  readonly compiled: CompiledSerial
  readonly resolve: (result: SerialResult) => void
  timer: Timer | undefined
  refused: Refused | undefined
}

const silentTimeouts = 2
/** Longer than any line pauses within a message: what was begun before that is a prompt, not a message. */
const pauseMs = 100

/** One stream of bytes shared by devices that talk and devices that answer; one question at a time. */
export class SerialLine {
  readonly counters: SerialLineCounters = { frames: 0, requests: 0, timeouts: 0, strays: 0, outOfStep: 0, damaged: 0 }
  readonly framing: Framing
  readonly #options: SerialLineOptions
  readonly #framer: Framer
  readonly #talkers: { readonly compiled: CompiledSerial; readonly talker: Talker }[] = []
  #question: Question | undefined
  /** The frame that ends next began before the question: it can't be its answer. */
  #began = false
  #silent = 0
  #quietUntilMs = 0
  /** Monotonic time of the last bytes, or of the connection. */
  lastBytesMs: number

  constructor(options: SerialLineOptions) {
    this.#options = options
    this.framing = options.framing
    this.#framer = createFramer(options.framing)
    this.lastBytesMs = options.clock.monotonic()
  }

  listen(compiled: CompiledSerial, talker: Talker): void {
    this.#talkers.push({ compiled, talker })
  }

  /** What is quiet stays quiet: the device behind a server knows nothing of connections. */
  opened(): void {
    this.#framer.reset()
    this.#began = false
    this.#silent = 0
    this.lastBytesMs = this.#options.clock.monotonic()
  }

  bytes(chunk: Uint8Array): void {
    this.lastBytesMs = this.#options.clock.monotonic()
    this.#silent = 0
    for (const frame of this.#framer.push(chunk)) {
      const isOlder = this.#began
      this.#began = false
      if (frame.kind === 'frame') this.#frame(frame.bytes, isOlder)
      else this.counters.outOfStep++
    }
  }

  /** Settles the question that waits; its answer may still come on the next connection, and is dropped. */
  lost(text: string): void {
    if (this.#question) this.#keepQuiet(this.#question.request)
    this.#settle({ ok: false, kind: 'disconnected', text })
  }

  /**
   * Sends a request and waits for a message that answers it. Always resolves, within at most
   * twice its time-out: after an unanswered request the line stays quiet for as long again, and what comes then
   * is dropped, so that a late answer can't be taken for the next one's. A message whose beginning was there before the
   * request is no answer either.
   */
  async ask(request: SerialRequest, compiled: CompiledSerial): Promise<SerialResult> {
    const { clock } = this.#options
    const quietMs = this.#quietUntilMs - clock.monotonic()
    if (quietMs > 0) await new Promise<void>(resolve => void clock.after(Math.ceil(quietMs), resolve))
    await this.#options.ready()
    return new Promise(resolve => {
      if (!this.#options.write(request.bytes)) {
        return resolve({ ok: false, kind: 'disconnected', text: this.#options.whyNot() })
      }
      this.counters.requests++
      this.#began = this.#framer.isInside && clock.monotonic() - this.lastBytesMs < pauseMs
      const timer = clock.after(request.timeoutMs, () => this.#timedOut(request))
      this.#question = { request, compiled, resolve, timer, refused: undefined }
    })
  }

  #frame(bytes: Uint8Array, isOlder: boolean): void {
    this.counters.frames++
    if (this.#question && !isOlder && this.#answers(this.#question, bytes)) return
    let damaged: (() => void) | undefined
    for (const { compiled, talker } of this.#talkers) {
      const decoded = compiled.decode(bytes)
      if (decoded?.ok) {
        this.#options.heard()
        return talker.heard(decoded, 'direct')
      }
      // What one device can't read may be another's message.
      if (decoded) damaged ??= () => talker.damaged(decoded.text)
    }
    if (damaged) this.counters.damaged++
    else this.counters.strays++
    damaged?.()
  }

  /** Whether the frame was one of the device that was asked. */
  #answers(question: Question, bytes: Uint8Array): boolean {
    const decoded = question.compiled.decode(bytes, question.request.name)
    if (!decoded) return false
    if (decoded.ok) {
      this.#options.heard()
      if (!question.request.answers.has(decoded.message)) this.counters.strays++
      else this.#settle({ ok: true, decoded })
    } else if (decoded.reason === 'refused') {
      this.#options.heard()
      this.#settle({ ok: false, kind: 'refused', text: decoded.text, answer: decoded })
    } else {
      // Noise before the answer looks like this as well: the answer may still come.
      this.counters.damaged++
      question.refused = decoded
    }
    return true
  }

  #timedOut(request: SerialRequest): void {
    const { silent } = this.#options
    const answer = this.#question?.refused
    this.counters.timeouts++
    this.#keepQuiet(request)
    const text = answer?.text ?? `no answer to ${request.name} within ${request.timeoutMs} ms`
    this.#settle({ ok: false, kind: 'timeout', text, ...(answer && { answer }) })
    if (++this.#silent >= silentTimeouts) silent(`${this.#silent} requests in a row without an answer`)
  }

  #keepQuiet({ timeoutMs }: SerialRequest): void {
    this.#quietUntilMs = this.#options.clock.monotonic() + timeoutMs
  }

  #settle(result: SerialResult): void {
    const question = this.#question
    this.#question = undefined
    question?.timer?.cancel()
    question?.resolve(result)
  }
}
