import type { BrokerLinkLimits } from '../../config/types.ts'

/** What the embedded broker takes from its clients at most. */
export interface BrokerLimits extends BrokerLinkLimits {
  /** From connecting to the CONNECT packet. */
  readonly connectTimeoutMs: number
  /** Messages with QoS 1 or 2 that wait for their commit; the client of one more is disconnected and sends it again. */
  readonly waiting: number
}

/** Those that nobody has a reason to change. */
export const fixedBrokerLimits = { connectTimeoutMs: 10_000, waiting: 20_000 } as const

export interface BrokerCounters {
  connects: number
  clientsOverLimit: number
  loginsRefused: number
  messages: number
  publishesRefused: number
  subscriptionsRefused: number
  packetsTooLarge: number
  retainedRefused: number
  /** Messages that had to wait because their client sends too many. */
  throttled: number
  /** Messages sent again that were stored already. */
  again: number
  /** Clients disconnected because too many messages waited for their commit. */
  overloads: number
  /** Connections that ended in an error. */
  clientErrors: number
  /** Messages that wait for their commit now. */
  waiting: number
}

export function zeroBrokerCounters(): BrokerCounters {
  return {
    connects: 0,
    clientsOverLimit: 0,
    loginsRefused: 0,
    messages: 0,
    publishesRefused: 0,
    subscriptionsRefused: 0,
    packetsTooLarge: 0,
    retainedRefused: 0,
    throttled: 0,
    again: 0,
    overloads: 0,
    clientErrors: 0,
    waiting: 0,
  }
}
