import { textOf } from './bytes.ts'
import { checksumKinds } from './checksums.ts'
import type { Checksum } from './profile.ts'

export type Checked =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'checksum' | 'malformed'; readonly text: string }

/** `$ … *hh`: compares the checksum and gives back what stands between the marks. */
export function checkFrame(bytes: Uint8Array, checksum: Checksum): Checked {
  const text = textOf(bytes)
  if (text === '' || !checksum.start.includes(text.charAt(0))) {
    return { ok: false, reason: 'malformed', text: `"${shorten(text)}" does not begin with ${checksum.start}` }
  }
  const end = text.lastIndexOf(checksum.end)
  if (end < 1) return { ok: false, reason: 'checksum', text: `"${shorten(text)}" has no ${checksum.end}` }
  const content = text.slice(1, end)
  const written = text.slice(end + checksum.end.length).trimEnd()
  if (written === '' && checksum.optional) return { ok: true, text: content }
  const { digits, compute } = checksumKinds[checksum.type]
  const fits = checksum.dropsZeros ? written.length >= 1 && written.length <= digits : written.length === digits
  if (!fits || !/^[0-9A-Fa-f]+$/.test(written)) {
    return { ok: false, reason: 'checksum', text: `"${shorten(written)}" is not ${digits} hexadecimal digits` }
  }
  const expected = compute(bytes, checksum.inclusive ? 0 : 1, checksum.inclusive ? end + checksum.end.length : end)
  if (Number.parseInt(written, 16) === expected) return { ok: true, text: content }
  const hex = formatChecksum(expected, digits)
  return { ok: false, reason: 'checksum', text: `checksum ${written} of "${shorten(text)}" should be ${hex}` }
}

/** Puts marks and checksum around a message. */
export function sealFrame(content: string, checksum: Checksum): string {
  const body = `${checksum.start.charAt(0)}${content}${checksum.end}`
  const bytes = Uint8Array.from(Buffer.from(body, 'latin1'))
  const { digits, compute } = checksumKinds[checksum.type]
  const [from, to] = checksum.inclusive ? [0, bytes.length] : [1, bytes.length - checksum.end.length]
  return body + formatChecksum(compute(bytes, from, to), digits)
}

function formatChecksum(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0')
}

/** For messages: no more than a line, control characters made visible. */
export function shorten(text: string): string {
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return shown.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
