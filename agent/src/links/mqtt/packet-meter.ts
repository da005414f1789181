import type { Socket } from 'node:net'

/** Follows the packets of an MQTT connection by their lengths. */
export interface PacketMeter {
  /** False once a packet announced more bytes than are allowed, or a length that is none. */
  push(chunk: Uint8Array): boolean
}

/**
 * Refuses packets by what they announce, before anything of them is kept. A packet is
 * `type and flags (1) · remaining length (1…4, seven bits each, low first) · rest` (MQTT 3.1.1, section 2.2).
 */
export function createPacketMeter(maxBytes: number): PacketMeter {
  /** Bytes of the packet still to come; −1: at its first byte; −2: in its length. */
  let left = -1
  let length = 0
  let shift = 0
  let sound = true

  function push(chunk: Uint8Array): boolean {
    let at = 0
    while (sound && at < chunk.length) {
      if (left > 0) {
        const taken = Math.min(left, chunk.length - at)
        at += taken
        left -= taken
        if (left === 0) left = -1
      } else if (left === -1) {
        at++
        left = -2
        length = 0
        shift = 0
      } else {
        const byte = chunk[at++] ?? 0
        length += (byte & 0x7f) * 2 ** shift
        shift += 7
        if (byte >= 0x80) sound = shift < 28
        else {
          sound = length <= maxBytes
          left = length === 0 ? -1 : length
        }
      }
    }
    return sound
  }
  return { push }
}

/**
 * Ends a connection whose packets are too large. The broker takes bytes with `read` only, and would gather a packet
 * of any length, so this is where they are looked at.
 */
export function limitPackets(socket: Socket, maxBytes: number, refused: () => void): void {
  const meter = createPacketMeter(maxBytes)
  const read = socket.read.bind(socket)
  socket.read = size => {
    const chunk: unknown = read(size)
    if (!(chunk instanceof Uint8Array) || meter.push(chunk)) return chunk
    refused()
    socket.destroy()
    return null
  }
}
