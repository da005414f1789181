import { anyByte, type ByteSet } from './byte-set.ts'
import { PatternError } from './pattern-error.ts'
import { readClass, readEscape } from './read-class.ts'

/** A pattern taken apart. */
export type Regex =
  /** `min` to `max` bytes of a set; `text` as it is written. */
  | { readonly kind: 'bytes'; readonly set: ByteSet; readonly min: number; readonly max: number; readonly text: string }
  | { readonly kind: 'sequence'; readonly items: readonly Regex[] }
  | { readonly kind: 'choice'; readonly options: readonly Regex[] }
  | { readonly kind: 'optional'; readonly item: Regex; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly item: Regex }

export type ParsedRegex =
  | { readonly ok: true; readonly regex: Regex; readonly fields: readonly string[]; readonly body: string }
  | { readonly ok: false; readonly problem: string }

const groupStart = /\((?:\?:|\?<([a-z][a-z0-9_]{0,63})>)/y
const quantifier = /[*+?]|\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/y

/**
 * Parses the part of regular expressions that profiles may use: bytes, classes and escapes with quantifiers, choices,
 * `(?:…)`, `(?:…)?` and fields `(?<name>…)`. A pattern is always about the whole frame.
 */
export function parseRegex(pattern: string): ParsedRegex {
  const body = pattern.replace(/^\^/, '').replace(/(?<!\\)((?:\\\\)*)\$$/, '$1')
  const parser = new Parser(body)
  try {
    const regex = parser.whole()
    return { ok: true, regex, fields: parser.fields, body }
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, problem: error.message }
    throw error
  }
}

class Parser {
  readonly fields: string[] = []
  readonly #text: string
  #at = 0
  #inField = false

  constructor(text: string) {
    this.#text = text
  }

  whole(): Regex {
    const regex = this.#choice()
    if (this.#at < this.#text.length) throw new PatternError('a ) is too many; write \\) for the character')
    return regex
  }

  #choice(): Regex {
    const options = [this.#sequence()]
    while (this.#text.charAt(this.#at) === '|') {
      this.#at++
      options.push(this.#sequence())
    }
    return options.length === 1 && options[0] ? options[0] : { kind: 'choice', options }
  }

  #sequence(): Regex {
    const items: Regex[] = []
    while (this.#at < this.#text.length && !'|)'.includes(this.#text.charAt(this.#at))) items.push(this.#item())
    return { kind: 'sequence', items }
  }

  #item(): Regex {
    const from = this.#at
    if (this.#text.charAt(from) === '(') return this.#group(from)
    const set = this.#atom()
    const [min, max] = this.#quantifier() ?? [1, 1]
    if (max < min) throw new PatternError(`${this.#text.slice(from, this.#at)} counts backwards; write {least,most}`)
    return { kind: 'bytes', set, min, max, text: this.#text.slice(from, this.#at) }
  }

  #group(from: number): Regex {
    groupStart.lastIndex = from
    const start = groupStart.exec(this.#text)
    if (!start) throw new PatternError(groupProblem(this.#text.slice(from, from + 4)))
    const name = start[1]
    if (name !== undefined) this.#beginField(name)
    this.#at = groupStart.lastIndex
    const item = this.#choice()
    if (this.#text.charAt(this.#at++) !== ')') throw new PatternError('a ( has no ); write \\( for the character')
    if (name !== undefined) this.#inField = false
    const group: Regex = name === undefined ? item : { kind: 'field', name, item }
    const times = this.#quantifier()
    if (times === undefined) return group
    const text = this.#text.slice(from, this.#at)
    if (times[0] === 0 && times[1] === 1) return { kind: 'optional', item: group, text }
    throw new PatternError(`${text} repeats a group; write its parts one after the other, or a class such as [-+.0-9]+`)
  }

  #beginField(name: string): void {
    if (this.fields.includes(name)) throw new PatternError(`the field ${name} is there twice; give each its own name`)
    if (this.#inField) throw new PatternError(`the field ${name} is inside another; end that one first`)
    this.#inField = true
    this.fields.push(name)
  }

  #atom(): ByteSet {
    const c = this.#text.charAt(this.#at)
    if (c === '.') {
      this.#at++
      return anyByte
    }
    if (c === '[' || c === '\\') {
      const { set, end } = c === '[' ? readClass(this.#text, this.#at) : readEscape(this.#text, this.#at)
      this.#at = end
      return set
    }
    if ('*+?{'.includes(c)) throw new PatternError(`${c} has nothing to repeat; write \\${c} for the character`)
    if ('^$'.includes(c))
      throw new PatternError(`${c} stands inside, and a pattern is about the whole frame; leave it out`)
    if (']}'.includes(c)) throw new PatternError(`${c} ends nothing; write \\${c} for the character`)
    this.#at++
    return 1n << BigInt(c.charCodeAt(0))
  }

  #quantifier(): readonly [min: number, max: number] | undefined {
    quantifier.lastIndex = this.#at
    const match = quantifier.exec(this.#text)
    if (!match) return undefined
    this.#at = quantifier.lastIndex
    const next = this.#text.charAt(this.#at)
    if (next !== '' && '*+?{'.includes(next)) {
      throw new PatternError(`${match[0]}${next} is more than one quantifier; write ${match[0]}`)
    }
    if (match[0] === '*') return [0, Number.POSITIVE_INFINITY]
    if (match[0] === '+') return [1, Number.POSITIVE_INFINITY]
    if (match[0] === '?') return [0, 1]
    const min = Number(match[1])
    if (match[2] === undefined) return [min, min]
    return [min, match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])]
  }
}

function groupProblem(start: string): string {
  if (/^\(\?<?[=!]/.test(start)) return `${start.slice(0, 3)} looks around; write what stands there itself`
  if (start.startsWith('(?<')) return '(?< begins no field; write (?<name>…) in snake_case'
  if (start.startsWith('(?')) return `${start.slice(0, 3)} is not known here; write (?:…) or (?<name>…)`
  return '( begins a group that nobody reads; write (?:…), or (?<name>…) for a field'
}
