import { bytesOf, endsWith } from '../bytes.ts'
import type { Frame, Framer } from '../frame.ts'
import type { FixedFraming } from '../profile.ts'

/** Frames of one length. Where the marks are not in their places it moves on byte by byte until they are. */
export function createFixedFramer(framing: FixedFraming): Framer {
  const start = bytesOf(framing.start)
  const end = bytesOf(framing.end)
  const buffer = new Uint8Array(framing.length)
  let length = 0
  let inStep = false

  return {
    push(bytes) {
      const frames: Frame[] = []
      for (const byte of bytes) {
        buffer[length++] = byte
        if (length < buffer.length) continue
        if (endsWith(buffer, start.length, start) && endsWith(buffer, length, end)) {
          frames.push({ kind: 'frame', bytes: buffer.slice(start.length, length - end.length) })
          inStep = true
          length = 0
          continue
        }
        if (inStep) frames.push({ kind: 'lost', reason: 'out_of_step' })
        inStep = false
        buffer.copyWithin(0, 1)
        length--
      }
      return frames
    },
    get isInside() {
      return length > 0
    },
    reset() {
      length = 0
      inStep = false
    },
  }
}
