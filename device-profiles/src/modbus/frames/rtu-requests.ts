import type { RtuFrame } from './rtu.ts'
import { crcHolds } from './rtu-reply.ts'

/** A request as a server on an RTU line sees it. */
export type RtuRequest = Omit<Extract<RtuFrame, { ok: true }>, 'ok'>

/** Longest frame (Modbus over serial line V1.02, 2.5.1.1). */
const maxFrameBytes = 256
const nothing = new Uint8Array(0)

/**
 * Cuts what comes over an RTU line into requests by their lengths and checksums, however it was split. What is no
 * request, noise and the answers of other servers, is skipped. Holds less than one frame.
 */
export class RtuRequestReader {
  #rest: Uint8Array = nothing

  push(chunk: Uint8Array): readonly RtuRequest[] {
    const bytes = Uint8Array.from([...this.#rest, ...chunk])
    const requests: RtuRequest[] = []
    let at = 0
    let keepFrom = bytes.length
    while (at < bytes.length) {
      const end = requestEnd(bytes, at)
      if (end === undefined || end > bytes.length) keepFrom = Math.min(keepFrom, at)
      else if (crcHolds(bytes, at, end)) {
        requests.push({ unitId: bytes[at] ?? 0, pdu: bytes.slice(at + 1, end - 2) })
        at = end
        keepFrom = bytes.length
        continue
      }
      at++
    }
    this.#rest = bytes.slice(Math.max(keepFrom, bytes.length - maxFrameBytes))
    return requests
  }
}

/** Where a request that begins at `at` would end; undefined: too little is there to say. */
function requestEnd(bytes: Uint8Array, at: number): number | undefined {
  const functionCode = bytes[at + 1]
  if (functionCode === undefined) return undefined
  // Writes of several coils or registers: address (2), count (2), byte count, data.
  if (functionCode === 15 || functionCode === 16) {
    const length = bytes[at + 6]
    return length === undefined ? undefined : at + 9 + length
  }
  // Functions without data of their own: exception status, event counter, event log, server id.
  if (functionCode === 7 || functionCode === 11 || functionCode === 12 || functionCode === 17) return at + 4
  if (functionCode === 43) return at + 7
  return at + 8
}
