import { messageOf } from '@lineside/contract'

/** What can go wrong with a buffer; `retryable` says whether the same call may succeed later. */
export const bufferErrorCodes = {
  locked: { retryable: true },
  gateway_changed: { retryable: false },
  not_a_buffer: { retryable: false },
  too_new: { retryable: false },
  unsafe: { retryable: false },
  /** Heals itself at the next opening. */
  damaged: { retryable: true },
  /** The thread died with the request; whether it was done is known once it is back. */
  thread_died: { retryable: true },
  open_failed: { retryable: true },
  write_failed: { retryable: true },
  entry_too_large: { retryable: false },
  dropped: { retryable: false },
  closed: { retryable: false },
} as const

/** What a disk may do to a buffer, and may stop doing: worth another try, and nobody has to decide anything before. */
const codesOfTheDisk: ReadonlySet<string> = new Set(['damaged', 'open_failed', 'write_failed'])

export type BufferErrorCode = keyof typeof bufferErrorCodes

export function isOfTheDisk(error: unknown): error is BufferError {
  return error instanceof BufferError && codesOfTheDisk.has(error.code)
}

/** Every error that the buffer throws or hands to `settle`. `hint` is the operator's next step. */
export class BufferError extends Error {
  readonly code: BufferErrorCode
  readonly hint: string | undefined

  constructor(code: BufferErrorCode, message: string, options: { hint?: string | undefined; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'BufferError'
    this.code = code
    this.hint = options.hint
  }
}

/** What went wrong, and what to do about it where that is known. */
export function inWords(error: unknown): string {
  const hint = error instanceof BufferError && error.hint !== undefined ? `; ${error.hint}` : ''
  return `${messageOf(error)}${hint}`
}
