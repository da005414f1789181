import { anyByte, byteRange, type ByteSet, classEscapes, noByte } from './byte-set.ts'
import { PatternError } from './pattern-error.ts'

interface Read {
  readonly set: ByteSet
  /** Place behind it. */
  readonly end: number
}

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 }

/** `\d`, `\x1b`, `\.`: at the backslash. */
export function readEscape(text: string, at: number): Read {
  const c = text.charAt(at + 1)
  const set = classEscapes[c]
  if (set !== undefined) return { set, end: at + 2 }
  const control = controls[c]
  if (control !== undefined) return { set: byteRange(control), end: at + 2 }
  const hex = /^[0-9a-fA-F]{2}/.exec(text.slice(at + 2, at + 4))
  if (c === 'x' && hex) return { set: byteRange(Number.parseInt(hex[0], 16)), end: at + 4 }
  if (/[0-9k]/.test(c)) throw new PatternError(`\\${c} refers back to a group; write what it stands for`)
  if (c === '' || /[a-zA-Z]/.test(c)) {
    throw new PatternError(`\\${c} is not known here; write a class such as [0-9], or \\x1b for a byte`)
  }
  return { set: byteRange(c.charCodeAt(0)), end: at + 2 }
}

/** `[-+.0-9]` or `[^,]`: at the bracket. */
export function readClass(text: string, from: number): Read {
  const inverted = text.charAt(from + 1) === '^'
  let at = from + (inverted ? 2 : 1)
  let set = noByte
  while (text.charAt(at) !== ']') {
    if (at >= text.length) throw new PatternError('a [ has no ]; write \\[ for the character')
    const first = readMember(text, at)
    at = first.end
    if (text.charAt(at) === '-' && text.charAt(at + 1) !== ']' && at + 1 < text.length) {
      const last = readMember(text, at + 1)
      set |= rangeOf(first, last, text.slice(from, last.end))
      at = last.end
    } else set |= first.set
  }
  if (set === noByte) throw new PatternError('the class is empty; write the characters that it may be')
  return { set: inverted ? anyByte & ~set : set, end: at + 1 }
}

function readMember(text: string, at: number): Read {
  if (text.charAt(at) === '\\') return readEscape(text, at)
  return { set: byteRange(text.charCodeAt(at)), end: at + 1 }
}

function rangeOf(first: Read, last: Read, text: string): ByteSet {
  const [from, to] = [single(first.set), single(last.set)]
  if (from === undefined || to === undefined || from > to) {
    throw new PatternError(`${text} is no range; write the lower character first, and - at the end for itself`)
  }
  return byteRange(from, to)
}

function single(set: ByteSet): number | undefined {
  const bits = set.toString(2)
  return bits.lastIndexOf('1') === 0 && set !== noByte ? bits.length - 1 : undefined
}
