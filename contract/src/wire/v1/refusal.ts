/** Why a whole request is refused: nothing of it may be stored. */
export const refusalCodes = ['undecodable', 'unsupported_version', 'gateway_mismatch', 'too_large'] as const
export type RefusalCode = (typeof refusalCodes)[number]

/** HTTP status of each refusal. After a 400 the agent sends member by member (protocol.md, R3). */
export const refusalStatus: Readonly<Record<RefusalCode, 400 | 403 | 413>> = {
  undecodable: 400,
  unsupported_version: 400,
  gateway_mismatch: 403,
  too_large: 413,
}

export interface Refusal {
  readonly ok: false
  readonly code: RefusalCode
  /** What, where and with which value, for the log of the one who sent it. */
  readonly message: string
}

export function refuse(code: RefusalCode, message: string): Refusal {
  return { ok: false, code, message }
}

/** Why one batch of a request is rejected while others are stored (protocol.md, R1); the list is closed. */
export const rejectionCodes = ['malformed', 'schema', 'too_large'] as const
export type RejectionCode = (typeof rejectionCodes)[number]

/** One batch that was rejected. */
export interface Rejection {
  readonly seq: number
  readonly code: RejectionCode
  readonly message: string
}

/** The beginning of a text as it may stand in a message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
