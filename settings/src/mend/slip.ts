/** One mistake in the form of a YAML text, and the text as it was meant. */
export interface Slip {
  /** 0-based. */
  readonly line: number
  /** 0-based. */
  readonly column: number
  readonly message: string
  /** What to write instead. */
  readonly fix: string
  /** All lines, this mistake mended, as many as before; several where it could be meant in several ways, likely ones first. */
  readonly ways: readonly (readonly string[])[]
  /** It may be meant in another way too: what stands before it is not to be trusted either. */
  readonly isUnsure?: true
  /** It is no entry's, but the whole file's. */
  readonly isWhole?: true
}

/** A place in the lines of a text, both 0-based. */
export interface At {
  readonly line: number
  readonly column: number
}

/** The lines with a piece of one replaced. */
export function spliced(lines: readonly string[], at: At, length: number, text: string): readonly string[] {
  const line = lines[at.line] ?? ''
  return lines.with(at.line, line.slice(0, at.column) + text + line.slice(at.column + length))
}

/** Number of spaces that a line begins with. */
export function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** Nothing but a comment, or nothing at all. */
export function isEmpty(line: string): boolean {
  return /^\s*(#|$)/.test(line)
}

/** Index behind the last character of a line that is neither space nor comment. */
export function contentEnd(line: string): number {
  return line.replace(/\s+#.*$/, '').trimEnd().length
}

/** What to write instead behind what stands before it, not longer than a terminal can bear; never what may be a secret. */
export function writeInstead(before: string, text: string): string {
  if (/(pass|token|secret|key)[\w.-]*["']?\s*:\s*$/i.test(before) || /(password|token|secret)/i.test(text)) {
    return 'write it as in name: "text"'
  }
  return `write ${text.length > 60 ? `${text.slice(0, 57)}…` : text}`
}

/** A line that begins a key of a map, with or without dashes before it. */
export function looksLikeKey(line: string): boolean {
  return /^\s*(- )*(?:[A-Za-z_0-9][^#"'{}[\],]*|"[^"]*"|'[^']*')\s*:(\s|$)/.test(line)
}
