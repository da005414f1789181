/** A rule of the delivery protocol, and the passage of our source that makes it true. */
export interface Rule {
  readonly name: string
  /** What goes wrong is what happens when … */
  readonly what: string
  readonly file: string
  readonly from: string
  readonly to: string
}

export const rules: readonly Rule[] = []
