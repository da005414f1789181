import type { AddressKey } from './device.ts'

/** What is written of a device in lineside.yaml, whether or not it is sound. */
export interface WrittenDevice<P> {
  /** Undefined where it names none that is known. */
  readonly profile: P | undefined
  /** What stands under a key of the device, as it is written; undefined: nothing. */
  readonly value: (key: string) => unknown
}

/** What no two devices of a link can have in common. */
export interface Identity {
  /** Where the second device is told. */
  readonly key: AddressKey | 'link'
  /** Compared by its JSON. */
  readonly of: unknown
  /** What is taken, in words: `unit id 3`. */
  readonly words: string
  /** What to write instead. */
  readonly fix: string
}

/** How a device of one protocol is found on its link, and told from the others there. */
export interface Addressing<P> {
  /** The key that a device must have, and what may stand there; absent: its link leads to it. */
  readonly needs?: { readonly key: AddressKey; example(profile: P): string }
  /** Undefined where too little is written. */
  identity(written: WrittenDevice<P>): Identity | undefined
}

/** Devices may share a topic or a line where profile or params tell them apart: the channels of one relay. */
export function profileWithParams({ value }: WrittenDevice<unknown>): unknown {
  return [value('profile'), value('params')]
}
