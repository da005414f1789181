import { bytesOf, endsWith } from '../bytes.ts'
import type { Frame, Framer } from '../frame.ts'
import type { MarkedFraming } from '../profile.ts'

/** Frames between marks. A frame without an end is dropped at the limit or at the next start. */
export function createMarkedFramer(framing: MarkedFraming): Framer {
  const start = bytesOf(framing.start)
  const end = bytesOf(framing.end)
  const tail = bytesOf(framing.tail)
  const buffer = new Uint8Array(framing.maxLength)
  let length = 0
  let place: 'outside' | 'inside' | 'tail' = 'outside'
  let contentEnd = 0

  const begin = () => {
    buffer.set(start)
    length = start.length
    place = 'inside'
  }

  const finish = (frames: Frame[]) => {
    frames.push({
      kind: 'frame',
      bytes: framing.keepMarks ? buffer.slice(0, length) : buffer.slice(start.length, contentEnd),
    })
    length = 0
    place = 'outside'
  }

  const lookForStart = () => {
    if (endsWith(buffer, length, start)) begin()
    else if (length >= start.length) buffer.copyWithin(0, 1, length--)
  }

  const step = (byte: number, frames: Frame[]) => {
    if (length === buffer.length) {
      frames.push({ kind: 'lost', reason: 'too_long' })
      const kept = start.length - 1
      buffer.copyWithin(0, length - kept, length)
      length = kept
      place = 'outside'
    }
    buffer[length++] = byte
    if (place === 'outside') return lookForStart()
    if (length >= 2 * start.length && endsWith(buffer, length, start)) {
      frames.push({ kind: 'lost', reason: 'cut_short' })
      return begin()
    }
    if (place === 'inside' && length >= start.length + end.length && endsWith(buffer, length, end)) {
      contentEnd = length - end.length
      place = 'tail'
      if (tail.length === 0) finish(frames)
    } else if (place === 'tail' && length >= contentEnd + end.length + tail.length && endsWith(buffer, length, tail)) {
      finish(frames)
    }
  }

  return {
    push(bytes) {
      const frames: Frame[] = []
      for (const byte of bytes) step(byte, frames)
      return frames
    },
    get isInside() {
      return place !== 'outside'
    },
    reset() {
      length = 0
      place = 'outside'
    },
  }
}
