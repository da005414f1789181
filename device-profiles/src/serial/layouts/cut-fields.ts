/** Fields between separators; with `quoted`, those in quotes may hold separators, and `""` for a quote (RFC 4180). */
export function cutFields(text: string, by: string, quoted: boolean): readonly string[] | undefined {
  if (!quoted) return text.split(by).map(field => field.trim())
  const fields: string[] = []
  let at = 0
  while (at <= text.length) {
    const field = text.charAt(at) === '"' ? quotedField(text, at) : plainField(text, at, by)
    if (field === undefined || (field.end < text.length && !text.startsWith(by, field.end))) return undefined
    fields.push(field.text.trim())
    at = field.end + 1
  }
  return fields
}

interface Field {
  readonly text: string
  readonly end: number
}

function plainField(text: string, at: number, by: string): Field {
  const end = text.indexOf(by, at)
  return end === -1 ? { text: text.slice(at), end: text.length } : { text: text.slice(at, end), end }
}

/** Undefined where the quotes don't end. */
function quotedField(text: string, at: number): Field | undefined {
  let end = at
  do end = text.indexOf('"', end + 1)
  while (end !== -1 && text.charAt(end + 1) === '"' && end++)
  return end === -1 ? undefined : { text: text.slice(at + 1, end).replaceAll('""', '"'), end: end + 1 }
}

/** The reverse; undefined where a field holds a separator and can't be quoted. */
export function joinFields(fields: readonly string[], by: string, quoted: boolean): string | undefined {
  if (!quoted) return fields.some(field => field.includes(by)) ? undefined : fields.join(by)
  return fields
    .map(field => (field.includes(by) || field.includes('"') ? `"${field.replaceAll('"', '""')}"` : field))
    .join(by)
}
