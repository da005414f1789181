import { bytesOf, endsWith } from '../bytes.ts'
import type { Frame, Framer } from '../frame.ts'
import type { LineFraming } from '../profile.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** Frames end with a terminator. A line that grows beyond the limit is dropped up to its terminator. */
export function createLineFramer(framing: LineFraming): Framer {
  const any = framing.terminator === 'any'
  const terminator = any ? new Uint8Array() : bytesOf(framing.terminator)
  const buffer = new Uint8Array(framing.maxLength + terminator.length)
  let length = 0
  let tooLong = false
  let unsure = framing.first === 'discard'

  /** Of a line that is too long only what may be the beginning of its terminator is kept. */
  const makeRoom = (frames: Frame[]) => {
    if (!tooLong && !unsure) frames.push({ kind: 'lost', reason: 'too_long' })
    tooLong = true
    const kept = Math.max(0, terminator.length - 1)
    buffer.copyWithin(0, length - kept, length)
    length = kept
  }

  const endLine = (frames: Frame[]) => {
    const end = length - terminator.length
    if (!tooLong && !unsure && end > 0) frames.push({ kind: 'frame', bytes: buffer.slice(0, end) })
    length = 0
    tooLong = false
    unsure = false
  }

  return {
    push(bytes) {
      const frames: Frame[] = []
      for (const byte of bytes) {
        if (any && (byte === lineFeed || byte === carriageReturn)) {
          endLine(frames)
          continue
        }
        if (length === buffer.length) makeRoom(frames)
        buffer[length++] = byte
        if (!any && endsWith(buffer, length, terminator)) endLine(frames)
      }
      return frames
    },
    get isInside() {
      return length > 0 || tooLong
    },
    reset() {
      length = 0
      tooLong = false
      unsure = framing.first === 'discard'
    },
  }
}
