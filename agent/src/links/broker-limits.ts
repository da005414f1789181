/** What the embedded broker takes from its clients at most. */
export interface BrokerLimits {
  /** Connections at a time; more are closed at once. */
  readonly clients: number
  /** Bytes of one packet, by its announced length. */
  readonly packetBytes: number
  /** From connecting to the CONNECT packet. */
  readonly connectTimeoutMs: number
  /** Messages with QoS 1 or 2 that wait for their commit; the client of one more is disconnected and sends it again. */
  readonly waiting: number
  /** Topics with a retained message; those of more topics are passed on and not kept. */
  readonly retainedTopics: number
}

export const defaultBrokerLimits: BrokerLimits = {
  clients: 2000,
  packetBytes: 262_144,
  connectTimeoutMs: 10_000,
  waiting: 20_000,
  retainedTopics: 10_000,
}

export interface BrokerCounters {
  connects: number
  clientsOverLimit: number
  loginsRefused: number
  messages: number
  publishesRefused: number
  subscriptionsRefused: number
  packetsTooLarge: number
  retainedRefused: number
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
    again: 0,
    overloads: 0,
    clientErrors: 0,
    waiting: 0,
  }
}
