/** What can go wrong at the receiver's edge; `retryable` says whether the same call may succeed later. */
export const receiverErrorCodes = {
  config: { retryable: false },
  credentials: { retryable: false },
  log_open: { retryable: false },
  log_failed: { retryable: true },
  archive: { retryable: true },
  archive_ahead: { retryable: false },
  listen: { retryable: false },
} as const

export type ReceiverErrorCode = keyof typeof receiverErrorCodes

/** Every error that the receiver throws on purpose. `hint` is the operator's next step. */
export class ReceiverError extends Error {
  readonly code: ReceiverErrorCode
  readonly hint: string | undefined

  constructor(code: ReceiverErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'ReceiverError'
    this.code = code
    this.hint = options.hint
  }
}
