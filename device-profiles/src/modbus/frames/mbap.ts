/** One Modbus TCP frame without its header. */
export interface MbapFrame {
  readonly transaction: number
  readonly unitId: number
  readonly pdu: Uint8Array
}

export type MbapRead =
  | { readonly ok: true; readonly frames: readonly MbapFrame[] }
  /** No Modbus TCP: nothing behind this point can be trusted, close the connection. `frames` came before it. */
  | { readonly ok: false; readonly frames: readonly MbapFrame[]; readonly text: string }

/** Longest PDU (Modbus application protocol V1.1b3, 4.1). */
export const maxPduBytes = 253
const headerBytes = 7
const nothing = new Uint8Array(0)

/** `transaction (2) · protocol 0 (2) · length (2) · unit id (1) · pdu`; the length counts unit id and PDU. */
export function encodeMbap(transaction: number, unitId: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerBytes + pdu.length)
  const length = pdu.length + 1
  frame[0] = transaction >> 8
  frame[1] = transaction & 0xff
  frame[4] = length >> 8
  frame[5] = length & 0xff
  frame[6] = unitId
  frame.set(pdu, headerBytes)
  return frame
}

/** Cuts a byte stream into Modbus TCP frames, however it was split. Holds at most one unfinished frame. */
export class MbapReader {
  #rest: Uint8Array = nothing
  #broken: string | undefined

  /** Bytes of a frame that has not ended. */
  get pending(): number {
    return this.#rest.length
  }

  /** Transaction of the frame that has begun and not ended; undefined: none has, or its header is not whole. */
  get begun(): number | undefined {
    const [high = 0, low = 0] = this.#rest
    return this.#rest.length < headerBytes ? undefined : (high << 8) | low
  }

  /** Frames that end in `chunk`. PDUs are views on it where they lie in it as a whole. Once refused, always refused. */
  push(chunk: Uint8Array): MbapRead {
    if (this.#broken !== undefined) return { ok: false, frames: [], text: this.#broken }
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const frames: MbapFrame[] = []
    let at = 0
    while (bytes.length - at >= headerBytes) {
      const length = view.getUint16(at + 4)
      const wrong = wrongHeader(view.getUint16(at + 2), length)
      if (wrong !== undefined) {
        this.#broken = wrong
        this.#rest = nothing
        return { ok: false, frames, text: wrong }
      }
      const end = at + 6 + length
      if (end > bytes.length) break
      frames.push({
        transaction: view.getUint16(at),
        unitId: view.getUint8(at + 6),
        pdu: bytes.subarray(at + headerBytes, end),
      })
      at = end
    }
    this.#rest = at === bytes.length ? nothing : bytes.slice(at)
    return { ok: true, frames }
  }
}

/**
 * Whether the end of a PDU is a whole answer of its own, header included: then the frame was cut short on its way, and
 * the one behind it fills what was missing. The length alone can't tell. Registers of a sound answer look like that
 * only if seven bytes of them agree with where they stand.
 */
export function endsWithAnotherAnswer(pdu: Uint8Array): boolean {
  for (let at = 0; at + 9 <= pdu.length; at++) {
    if (pdu[at + 2] !== 0 || pdu[at + 3] !== 0) continue
    const length = pdu.length - at - 6
    if (pdu[at + 4] !== length >> 8 || pdu[at + 5] !== (length & 0xff)) continue
    const functionCode = pdu[at + 7] ?? 0
    if ((functionCode & 0x7f) < 1 || (functionCode & 0x7f) > 4) continue
    if (functionCode > 0x80 ? length === 3 : pdu[at + 8] === length - 3) return true
  }
  return false
}

/**
 * Whether an answer begins at `at` that `isAwaited` knows by its transaction id, as far as its bytes are there: at least
 * the id and the two zeros behind it.
 */
export function beginsAnswer(bytes: Uint8Array, at: number, isAwaited: (transaction: number) => boolean): boolean {
  const left = bytes.length - at
  if (left < 4 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0) return false
  const length = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0)
  if (left >= 6 && (length < 3 || length > maxPduBytes + 1)) return false
  const functionCode = bytes[at + 7] ?? 3
  if ((functionCode & 0x7f) < 1 || (functionCode & 0x7f) > 4) return false
  if (left >= 9 && (functionCode > 0x80 ? length !== 3 : bytes[at + 8] !== length - 3)) return false
  return isAwaited(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0))
}

function wrongHeader(protocol: number, length: number): string | undefined {
  if (protocol !== 0) return `protocol id ${protocol}, expected 0`
  if (length < 2 || length > maxPduBytes + 1) return `frame length ${length}, expected 2 to ${maxPduBytes + 1}`
  return undefined
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
