import type { SplitLayout } from '../profile.ts'
import { cutFields, joinFields } from './cut-fields.ts'
import { damaged, type Layout } from './layout.ts'

/** Fields between separators. */
export function splitLayout(layout: SplitLayout): Layout {
  const { by, quoted, atLeast } = layout
  const match = [...layout.match].filter(([number]) => number > 0)
  const first = layout.match.get(0)
  const least = Math.max(atLeast, ...match.map(([number]) => number + 1))
  const numbers = [...layout.fields.values()]
  const size = Math.max(atLeast, ...[...layout.match.keys(), ...layout.sendAs.keys(), ...numbers].map(n => n + 1))

  return {
    fields: [...layout.fields.keys()],
    read(text) {
      // Most lines are another message, and their first field tells.
      if (first !== undefined && !matchesText(first, firstField(text, by))) return 'other'
      const found = cutFields(text, by, quoted)
      if (found === undefined) return damaged('its quotes do not end')
      for (const [number, expected] of match) {
        const field = found[number]
        if (field !== undefined && !matchesText(expected, field)) return 'other'
      }
      if (found.length < least) {
        return damaged(`it has ${found.length} fields of at least ${least}`)
      }
      return numbers.map(number => found[number])
    },
    write(texts) {
      const line = Array.from({ length: size }, () => '')
      for (const [number, text] of layout.match) line[number] = text.replaceAll('?', 'X')
      for (const [number, text] of layout.sendAs) line[number] = text
      for (const [name, number] of layout.fields) line[number] = texts.get(name) ?? line[number] ?? ''
      return joinFields(line, by, quoted)
    },
  }
}

function firstField(text: string, by: string): string {
  const end = text.indexOf(by)
  return (end === -1 ? text : text.slice(0, end)).trim().replace(/^"(.*)"$/, '$1')
}

/** `?` stands for any one character. */
function matchesText(expected: string, text: string): boolean {
  if (expected.length !== text.length) return false
  for (let i = 0; i < expected.length; i++) {
    const c = expected.charAt(i)
    if (c !== '?' && c !== text.charAt(i)) return false
  }
  return true
}
