/** Texts of a message's fields, trimmed, in the order of `Layout.fields`; undefined: not in this one. */
export type FieldTexts = readonly (string | undefined)[]

/** How a message's fields lie in its text. */
export interface Layout {
  readonly fields: readonly string[]
  /** `other`: not this message; `malformed`: this message, and damaged. */
  read(text: string): FieldTexts | 'other' | 'malformed'
  /** Undefined where a text doesn't fit its field; fields without a text are left blank. */
  write(texts: ReadonlyMap<string, string>): string | undefined
}
