import { filterProblem } from '@lineside/device-profiles'
import { endpoint, name, secretRef, size } from '@lineside/settings'
import * as z from 'zod'
import { secretAt } from '../secrets.ts'
import type { BrokerLinkConfig, BrokerLinkLimits, BrokerUser } from '../types.ts'
import { linkKind, type LinkEntry, type LinkKind } from './kind.ts'
import { packetSize } from './packet-size.ts'

const topicFilter = z
  .string()
  .min(1)
  .max(512)
  .superRefine((filter, ctx) => {
    const problem = filterProblem(filter)
    if (problem !== undefined) ctx.addIssue({ code: 'custom', message: problem })
  })

const brokerUser = z.strictObject({
  password: secretRef,
  publish: z.array(topicFilter).default([]).meta({ description: 'topic filters this user may publish to' }),
  subscribe: z.array(topicFilter).default([]).meta({ description: 'topic filters this user may subscribe to' }),
})

const brokerLimits = z.strictObject({
  clients: z.int().min(1).max(20_000).default(2000).meta({ description: 'connections at a time' }),
  max_packet: packetSize.default(262_144).meta({ description: 'largest packet of a client' }),
  message_rate: z
    .number()
    .gt(0)
    .max(100_000)
    .default(1000)
    .meta({ description: 'messages a second of one client; it is slowed down rather than losing any' }),
  subscriptions: z.int().min(1).max(10_000).default(100).meta({ description: 'subscriptions of one client' }),
  retained_topics: z.int().min(0).max(1_000_000).default(10_000),
  retained_size: size.default(16_000_000).meta({ description: 'payloads of all retained messages together' }),
})

export const broker: LinkKind<BrokerLinkConfig> = linkKind({
  protocols: ['mqtt', 'sparkplug'],
  schema: z.strictObject({
    broker: endpoint(1883),
    limits: brokerLimits.prefault({}),
    users: z.record(name, brokerUser).meta({ description: 'who may connect, and to which topics' }),
  }),
  resolve(written, entry) {
    const users = usersOf(written.users, entry)
    if (users === undefined) return undefined
    return { kind: 'broker', name: entry.link, ...written.broker, users, limits: limitsOf(written.limits) }
  },
  claim: ({ host, port }) =>
    port === 0
      ? undefined
      : {
          of: `listen ${host} ${port}`,
          key: 'broker',
          message: other => `${other} listens on port ${port} already`,
          fix: 'choose another port',
        },
})

/** Undefined where the secret of one of them can't be read. */
function usersOf(
  written: Readonly<Record<string, z.output<typeof brokerUser>>>,
  { ctx, link }: LinkEntry,
): ReadonlyMap<string, BrokerUser> | undefined {
  const users = new Map<string, BrokerUser>()
  for (const [user, { password, publish, subscribe }] of Object.entries(written)) {
    const secret = secretAt(ctx, ['links', link, 'users', user, 'password'], password)
    if (secret !== undefined) users.set(user, { password: secret, publish, subscribe })
  }
  return users.size < Object.keys(written).length ? undefined : users
}

function limitsOf(written: z.output<typeof brokerLimits>): BrokerLinkLimits {
  return {
    clients: written.clients,
    packetBytes: written.max_packet,
    messageRate: written.message_rate,
    subscriptions: written.subscriptions,
    retainedTopics: written.retained_topics,
    retainedBytes: written.retained_size,
  }
}
