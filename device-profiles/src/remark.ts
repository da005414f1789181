/** One thing a profile should do better. The first `; ` of the message begins what to write instead. */
export interface Remark {
  readonly path: readonly PropertyKey[]
  readonly message: string
}
