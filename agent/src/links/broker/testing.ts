import type { BrokerLinkLimits } from '../../config/types.ts'

/** Far from all of them in most tests. */
export const testBrokerLimits: BrokerLinkLimits = {
  clients: 2000,
  packetBytes: 262_144,
  messageRate: 1000,
  subscriptions: 10,
  retainedTopics: 10,
  retainedBytes: 100_000,
}
