import type { Layout } from './layout.ts'
import type { Format, FormatPart } from './parse-format.ts'

/** Matches a format from left to right; no step is ever taken back. */
export function formatLayout({ parts, optionalFrom }: Format): Layout {
  const fields = parts.flatMap(part => (part.kind === 'field' ? [part.name] : []))

  return {
    fields,
    read(text) {
      const found: (string | undefined)[] = []
      let at = 0
      for (const [index, part] of parts.entries()) {
        if (index === optionalFrom && text.slice(at).trim() === '') return found
        const end = partEnd(part, parts[index + 1], text, at)
        if (end === -1) return 'other'
        if (part.kind === 'field') found.push(text.slice(at, end).trim())
        at = end
      }
      return text.slice(at).trim() === '' ? found : 'other'
    },
    write(texts) {
      const optional = parts.slice(optionalFrom).some(part => part.kind === 'field' && texts.has(part.name))
      let line = ''
      for (const part of optional ? parts : parts.slice(0, optionalFrom)) {
        const text = writePart(part, texts)
        if (text === undefined) return undefined
        line += text
      }
      return line
    },
  }
}

/** Where a part that begins at `at` ends, or −1. */
function partEnd(part: FormatPart, next: FormatPart | undefined, text: string, at: number): number {
  if (part.kind === 'text') return text.startsWith(part.text, at) ? at + part.text.length : -1
  if (part.kind === 'spaces') return spacesEnd(part, text, at)
  if (part.width !== undefined) return at + part.width <= text.length ? at + part.width : -1
  if (next === undefined || next.kind === 'field') return text.length
  const end = text.indexOf(next.kind === 'text' ? next.text : ' ', at)
  return end === -1 ? text.length : end
}

function spacesEnd(part: { readonly count: number; readonly exact: boolean }, text: string, at: number): number {
  let end = at
  const most = part.exact ? at + part.count : text.length
  while (end < most && text.charCodeAt(end) === 0x20) end++
  return end - at >= (part.exact ? part.count : 1) ? end : -1
}

function writePart(part: FormatPart, texts: ReadonlyMap<string, string>): string | undefined {
  if (part.kind === 'text') return part.text
  if (part.kind === 'spaces') return ' '.repeat(part.count)
  const text = texts.get(part.name) ?? ''
  if (part.width === undefined) return text.padStart(part.align ?? 0)
  return text.length <= part.width ? text.padStart(part.width) : undefined
}
