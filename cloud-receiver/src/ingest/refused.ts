import { refusalStatus } from '@lineside/contract'
import type { Refusal } from '@lineside/contract'

/** A request that is not answered with a receipt. `message` is for the one who sent it and names nothing inside. */
export interface Refused {
  readonly status: number
  readonly code: string
  readonly message: string
  /** When it is worth another try. */
  readonly retryAfterMs?: number
}

export function refused(status: number, code: string, message: string, retryAfterMs?: number): Refused {
  return retryAfterMs === undefined ? { status, code, message } : { status, code, message, retryAfterMs }
}

/** The contract's refusal as an answer. */
export function fromRefusal({ code, message }: Refusal): Refused {
  return refused(refusalStatus[code], code, message)
}

export function isRefused(value: object): value is Refused {
  return 'status' in value && 'code' in value
}
