import type { SerialDecoded } from './decoded.ts'
import type { Refused } from '../decoded.ts'
import type { Params } from '../values/point.ts'
import { fillParams, withDefaults } from '../values/scaling.ts'
import { bytesOf, textOf } from './bytes.ts'
import { checkFrame, shorten } from './check-frame.ts'
import { messageReader } from './message-reader.ts'
import type { SerialProfile } from './profile.ts'

/** One question, ready to send. */
export interface SerialRequest {
  readonly name: string
  readonly bytes: Uint8Array
  readonly timeoutMs: number
  readonly everyMs?: number
  /** Messages that answer it. */
  readonly answers: ReadonlySet<string>
}

/** A profile made ready for one device. */
export interface CompiledSerial {
  /** In the order of the profile; none: the device talks by itself. */
  readonly requests: readonly SerialRequest[]
  /**
   * What a frame (without terminator) says; undefined: sound, but of no interest, so neither an error nor an answer.
   * `request` is the name of the request that waits: its answers are tried first. Readings with a time of their own are
   * given once for each time.
   */
  decode(frame: Uint8Array | string, request?: string): SerialDecoded | Refused | undefined
}

/** Throws ProfileError (`unknown_param`) where a param has neither a value nor a default. */
export function compileSerial(profile: SerialProfile, device: { readonly params: Params }): CompiledSerial {
  const params = withDefaults(profile.params, device.params)
  const readers = [...profile.messages.values()].map(message => messageReader(profile, message, params))
  const requests = [...profile.polls.values()].map(poll => ({
    name: poll.name,
    bytes: bytesOf(fillParams(poll.send, params)),
    timeoutMs: poll.timeoutMs,
    ...(poll.everyMs === undefined ? {} : { everyMs: poll.everyMs }),
    answers: new Set(poll.answers.length > 0 ? poll.answers : profile.messages.keys()),
  }))
  const orders = new Map(
    requests.map(({ name, answers }) => [
      name,
      [...readers.filter(r => answers.has(r.message)), ...readers.filter(r => !answers.has(r.message))],
    ]),
  )
  const { checksum, others } = profile

  return {
    requests,
    decode(frame, request) {
      const bytes = typeof frame === 'string' ? bytesOf(frame) : frame
      const checked = checksum === undefined ? { ok: true as const, text: textOf(bytes) } : checkFrame(bytes, checksum)
      if (!checked.ok) return checked
      for (const { read } of (request === undefined ? undefined : orders.get(request)) ?? readers) {
        const outcome = read(checked.text)
        if (outcome !== 'other') return outcome
      }
      if (others === 'ignore') return undefined
      return { ok: false, reason: 'malformed', text: `"${shorten(checked.text)}" is no message of ${profile.profile}` }
    },
  }
}
