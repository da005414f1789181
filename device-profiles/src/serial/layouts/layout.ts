/** What a message's fields hold, texts trimmed, in the order of `Layout.fields`; undefined: not in this one. */
export type FieldTexts = readonly unknown[]

/** This message, and damaged: what is wrong, for the engineer. */
export interface Damaged {
  readonly damaged: string
}

/** How a message's fields lie in its text. */
export interface Layout {
  readonly fields: readonly string[]
  /** True: a message says nothing of the fields that it doesn't have; false: these have no value. */
  readonly sparse?: boolean
  /** What stands between a number and its unit in one field; absent: the unit begins where the number ends. */
  readonly unitMark?: string
  /** A line that goes ahead of a message and says where its fields are. */
  readonly ahead?: string | undefined
  /** `other`: not this message; `titles`: that line. */
  read(text: string): FieldTexts | 'other' | 'titles' | Damaged
  /** Undefined where a text doesn't fit its field; fields without a text are left blank, or out. */
  write(texts: ReadonlyMap<string, string>): string | undefined
}

/** In place of fields. */
export function damaged(why: string): Damaged {
  return { damaged: why }
}

export function isDamaged(read: FieldTexts | Damaged): read is Damaged {
  return 'damaged' in read
}
