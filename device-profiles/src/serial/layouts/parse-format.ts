export type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  /** One or more spaces; `exact`: this many. */
  | { readonly kind: 'spaces'; readonly count: number; readonly exact: boolean }
  /** `width`: takes so many characters; `align`: written right-aligned in so many. */
  | { readonly kind: 'field'; readonly name: string; readonly width?: number; readonly align?: number }

export interface Format {
  readonly parts: readonly FormatPart[]
  /** Index of the first part that may be missing with all that follow; the number of parts where none may. */
  readonly optionalFrom: number
}

export type ParsedFormat =
  | { readonly ok: true; readonly format: Format }
  | { readonly ok: false; readonly problem: string }

const fieldForm = /^([a-z][a-z0-9_]{0,63})(?:([:>])([1-9]\d?))?$/

const no = (problem: string): ParsedFormat => ({ ok: false, problem })

/** Parses `"S {status:1}[ {value>10} {unit}]"`. */
export function parseFormat(format: string): ParsedFormat {
  const parts: FormatPart[] = []
  let optionalFrom = -1
  let literal = ''
  const flush = () => {
    if (literal !== '') parts.push({ kind: 'text', text: literal })
    literal = ''
  }

  for (let at = 0; at < format.length; at++) {
    const c = format.charAt(at)
    if (c === '\\') {
      literal += format.charAt(++at)
    } else if (c === '{') {
      const end = format.indexOf('}', at)
      const match = end === -1 ? null : fieldForm.exec(format.slice(at + 1, end))
      if (!match)
        return no(`"${format.slice(at, end === -1 ? undefined : end + 1)}" is not a field; write {name} or {name:4}`)
      flush()
      parts.push(fieldPart(match[1] ?? '', match[2], Number(match[3])))
      at = end
    } else if (c === ' ') {
      flush()
      let count = 1
      while (format.charAt(at + 1) === ' ') {
        count++
        at++
      }
      parts.push({ kind: 'spaces', count, exact: /^\{[a-z0-9_]+:/.test(format.slice(at + 1)) })
    } else if (c === '[') {
      if (optionalFrom !== -1) return no('only one part may be optional; remove the second [')
      flush()
      optionalFrom = parts.length
    } else if (c === ']') {
      if (optionalFrom === -1 || at !== format.length - 1)
        return no('what is optional stands at the end; write \\] for the character')
    } else {
      literal += c
    }
  }
  if (optionalFrom !== -1 && !format.endsWith(']')) return no('the [ has no ] at the end; write \\[ for the character')
  flush()
  const problem = checkParts(parts)
  return problem === undefined
    ? { ok: true, format: { parts, optionalFrom: optionalFrom === -1 ? parts.length : optionalFrom } }
    : no(problem)
}

function fieldPart(name: string, sign: string | undefined, size: number): FormatPart {
  if (sign === ':') return { kind: 'field', name, width: size }
  return sign === '>' ? { kind: 'field', name, align: size } : { kind: 'field', name }
}

function checkParts(parts: readonly FormatPart[]): string | undefined {
  if (parts.length === 0) return 'the format is empty'
  const seen = new Set<string>()
  for (const [index, part] of parts.entries()) {
    if (part.kind !== 'field') continue
    if (seen.has(part.name)) return `{${part.name}} stands there twice`
    seen.add(part.name)
    if (part.width === undefined && parts[index + 1]?.kind === 'field') {
      return `nothing says where {${part.name}} ends; give it a width, as in {${part.name}:8}`
    }
  }
  return undefined
}
