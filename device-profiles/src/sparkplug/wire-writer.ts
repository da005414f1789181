/** Builds a protobuf message field by field. */
export class WireWriter {
  readonly #bytes: number[] = []

  varint(number: number, value: bigint | number): this {
    this.#varint((BigInt(number) << 3n) | 0n)
    this.#varint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  bytes(number: number, value: Uint8Array): this {
    this.#varint((BigInt(number) << 3n) | 2n)
    this.#varint(BigInt(value.length))
    for (const byte of value) this.#bytes.push(byte)
    return this
  }

  text(number: number, value: string): this {
    return this.bytes(number, new TextEncoder().encode(value))
  }

  float(number: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#fixed(number, 5n, bytes)
  }

  double(number: number, value: number): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    return this.#fixed(number, 1n, bytes)
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes)
  }

  #fixed(number: number, wire: bigint, bytes: Uint8Array): this {
    this.#varint((BigInt(number) << 3n) | wire)
    this.#bytes.push(...bytes)
    return this
  }

  #varint(value: bigint): void {
    let rest = value
    while (rest > 0x7fn) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80)
      rest >>= 7n
    }
    this.#bytes.push(Number(rest))
  }
}
