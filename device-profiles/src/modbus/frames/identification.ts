/** A request for what a device says of itself: Read Device Identification, function 43 with MEI type 14. */
export interface IdentificationPdu {
  readonly functionCode: 43
  /** 1 basic (vendor, product code, revision), 2 regular, 3 extended, 4 one object. */
  readonly level: 1 | 2 | 3 | 4
  /** The first object to tell, 0 at the start; what the answer says under `next` when there is more. */
  readonly object: number
}

/** One answer of a device that tells what it is. */
export interface DeviceIdentification {
  /** What the device can tell: 1 basic, 2 regular, 3 extended; 0x80 is added where objects can be asked one by one. */
  readonly conformity: number
  /** The object with which the next request goes on; undefined: this is all. */
  readonly next: number | undefined
  /** Object id → its text. */
  readonly objects: ReadonlyMap<number, string>
}

/** Objects that have a name (Modbus application protocol V1.1b3, 6.21). */
export const identificationObjects: ReadonlyMap<number, string> = new Map([
  [0, 'vendor'],
  [1, 'product_code'],
  [2, 'revision'],
  [3, 'vendor_url'],
  [4, 'product_name'],
  [5, 'model'],
  [6, 'application'],
])

const meiType = 14
/** `function · MEI type · level · conformity · more follows · next object · number of objects`. */
const headBytes = 7

/** `43 · 14 · level · object`. */
export function encodeIdentificationRequest({ level, object }: IdentificationPdu): Uint8Array {
  return Uint8Array.of(43, meiType, level, object)
}

/** What a server that tells its objects answers; all of them must fit into one PDU. */
export function encodeIdentificationResponse(level: number, objects: ReadonlyMap<number, string>): Uint8Array {
  const listed = [...objects].flatMap(([id, text]) => {
    const bytes = Buffer.from(text, 'latin1')
    return [id, bytes.length, ...bytes]
  })
  return Uint8Array.of(43, meiType, level, level, 0, 0, objects.size, ...listed)
}

/**
 * Bytes of the whole answer that begins at `at`, for a framing that doesn't say where it ends. Undefined: too little is
 * there to say. 0: no answer to this function begins here.
 */
export function identificationBytes(bytes: Uint8Array, at: number): number | undefined {
  if ((bytes[at] ?? 43) !== 43 || (bytes[at + 1] ?? meiType) !== meiType) return 0
  const count = bytes[at + headBytes - 1]
  if (count === undefined) return undefined
  let end = at + headBytes
  for (let n = 0; n < count; n++) {
    const length = bytes[end + 1]
    if (length === undefined) return undefined
    end += 2 + length
  }
  return end - at
}

/** Opens a whole answer; undefined where it is none, its objects don't end where it does, or its texts are no text. */
export function decodeIdentification(pdu: Uint8Array): DeviceIdentification | undefined {
  if (pdu.length < headBytes || identificationBytes(pdu, 0) !== pdu.length) return undefined
  const [, , , conformity = 0, more, next, count = 0] = pdu
  const objects = new Map<number, string>()
  let at = headBytes
  for (let n = 0; n < count; n++) {
    const [id = 0, length = 0] = pdu.subarray(at, at + 2)
    objects.set(id, textOf(pdu.subarray(at + 2, at + 2 + length)))
    at += 2 + length
  }
  return { conformity, next: more === 0xff ? next : undefined, objects }
}

/** Printable characters only: this goes to a terminal. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e\xa0-\xff]/g, ' ')
    .trim()
}
