/** Bytes of a text in which every character stands for one (U+0000…U+00FF). */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'))
}

/** The reverse: one character a byte, so that nothing is lost or replaced. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Whether the first `length` bytes of a buffer end with a mark. */
export function endsWith(buffer: Uint8Array, length: number, mark: Uint8Array): boolean {
  const at = length - mark.length
  if (at < 0) return false
  for (let i = 0; i < mark.length; i++) if (buffer[at + i] !== mark[i]) return false
  return true
}
