export const profileErrorCodes = ['unknown_point', 'unknown_param', 'not_encodable'] as const
export type ProfileErrorCode = (typeof profileErrorCodes)[number]

/** A profile was used for something it doesn't have. */
export class ProfileError extends Error {
  readonly code: ProfileErrorCode
  /** What to do about it. */
  readonly hint: string

  constructor(code: ProfileErrorCode, message: string, hint: string) {
    super(message)
    this.name = 'ProfileError'
    this.code = code
    this.hint = hint
  }
}
