/** What a framer cut out of the stream, in order. */
export type Frame =
  /** A view that stays valid: its bytes are its own. */
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  /** Bytes were dropped to get back into step; reported once each time. */
  | { readonly kind: 'lost'; readonly reason: 'too_long' | 'out_of_step' | 'cut_short' }

/** Cuts a byte stream into frames. Any split of the same bytes gives the same frames. */
export interface Framer {
  push(bytes: Uint8Array): readonly Frame[]
  /** Bytes have come that belong to a frame whose end has not: what ends next began before now. */
  readonly isInside: boolean
  /** Forgets what is half done: the connection is a new one. */
  reset(): void
}
