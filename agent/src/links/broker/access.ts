import { Socket } from 'node:net'
import type { AedesOptions, Client, PublishPacket } from 'aedes'
import { topicMatches } from '@lineside/device-profiles'
import type { BrokerUser } from '../../config/types.ts'
import type { LinkContext } from '../../intake.ts'
import type { BrokerCounters, BrokerLimits } from './limits.ts'
import type { Refusals } from './refusals.ts'
import { RetainedMessages } from './retained-messages.ts'
import { ClientRate } from './client-rate.ts'
import { authenticate, mayPublish, maySubscribe } from './users.ts'

export interface BrokerAccess {
  readonly handlers: Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizeSubscribe' | 'authorizeForward'>
  /** Whether the message may go on. Where not, it is emptied: acknowledged as MQTT 3.1.1 wants it, and seen by nobody. */
  mayPublish(client: Client | null, packet: PublishPacket): boolean
  /** How long a message of the client must wait, ms: it sends too many. */
  waitMs(client: Client | null): number
  unsubscribed(client: Client, topics: readonly string[]): void
  /** Names a client across connections: user and client id. */
  ownerOf(client: Client | null): string
}

interface Session {
  readonly name: string
  readonly user: BrokerUser
  readonly rate: ClientRate
  readonly subscriptions: Set<string>
}

/** Where refused messages go: nobody may subscribe to it. */
const nowhere = '$lineside/refused'

export function createBrokerAccess(
  users: ReadonlyMap<string, BrokerUser>,
  counters: BrokerCounters,
  limits: BrokerLimits,
  { clock, refusals }: Pick<LinkContext, 'clock'> & { readonly refusals: Refusals },
): BrokerAccess {
  const sessions = new WeakMap<Client, Session>()
  const retained = new RetainedMessages(limits, counters, refusals)

  return {
    ownerOf: client => `${(client && sessions.get(client)?.name) ?? ''} ${client?.id ?? ''}`,
    waitMs(client) {
      const session = client ? sessions.get(client) : undefined
      return session?.rate.waitMs(clock.monotonic()) ?? 0
    },
    unsubscribed(client, topics) {
      for (const topic of topics) sessions.get(client)?.subscriptions.delete(topic)
    },
    mayPublish(client, packet) {
      const session = client ? sessions.get(client) : undefined
      if (mayPublish(session?.user, packet.topic)) {
        retained.limit(packet)
        return true
      }
      counters.publishesRefused++
      if (client && session) {
        refusals.tell({
          what: 'the user may not publish to this topic',
          ...whose(client, session),
          topic: packet.topic,
        })
      }
      packet.topic = nowhere
      packet.payload = ''
      packet.retain = false
      return false
    },
    handlers: {
      preConnect(_client, packet, done) {
        // Kept sessions would queue without limit for subscribers that never return.
        packet.clean = true
        done(null, true)
      },
      authenticate(client, name, password, done) {
        const user = authenticate(users, name, password)
        if (user && name !== undefined) {
          // A client id belongs to whoever uses it first: one user can't push another's client out.
          client.id = `${name}/${client.id}`
          sessions.set(client, {
            name,
            user,
            rate: new ClientRate(limits.messageRate),
            subscriptions: new Set(),
          })
          return done(null, true)
        }
        counters.loginsRefused++
        // Who tries names out learns from nobody which there are; whoever reads the log runs the broker.
        const what = whyNoLogin(users, name, password)
        refusals.tell({ what, user: name, client: client.id, address: addressOf(client) })
        done(null, false)
      },
      authorizeSubscribe(client, subscription, done) {
        const session = sessions.get(client)
        const has = session?.subscriptions.has(subscription.topic) ?? false
        const isFull = !has && (session?.subscriptions.size ?? 0) >= limits.subscriptions
        const allowed = !isFull && maySubscribe(session?.user, subscription.topic)
        if (allowed) session?.subscriptions.add(subscription.topic)
        else {
          counters.subscriptionsRefused++
          const what = isFull
            ? `more than ${limits.subscriptions} subscriptions of one client`
            : 'the user may not subscribe to this topic'
          if (session) refusals.tell({ what, ...whose(client, session), topic: subscription.topic })
        }
        done(null, allowed ? subscription : null)
      },
      authorizeForward(client, packet) {
        const filters = sessions.get(client)?.user.subscribe ?? []
        return filters.some(filter => topicMatches(filter, packet.topic)) ? packet : null
      },
    },
  }
}

function whose(client: Client, { name: user }: Session) {
  return { user, client: client.id.slice(user.length + 1), address: addressOf(client) }
}

function whyNoLogin(
  users: ReadonlyMap<string, BrokerUser>,
  name: string | undefined,
  password: Uint8Array | undefined,
): string {
  if (name === undefined || name === '') return 'a login without a user name'
  if (!users.has(name)) return 'a login of a user that is not configured'
  return password && password.length > 0 ? 'a login with a wrong password' : 'a login without a password'
}

function addressOf({ conn }: Client): string | undefined {
  return conn instanceof Socket ? conn.remoteAddress : undefined
}
