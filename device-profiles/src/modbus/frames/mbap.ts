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
