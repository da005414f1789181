import type { AedesOptions, Client, PublishPacket } from 'aedes'
import { topicMatches } from '@lineside/device-profiles'
import type { Logger } from 'pino'
import type { BrokerUser } from '../config/types.ts'
import type { BrokerCounters, BrokerLimits } from './broker-limits.ts'
import { authenticate, mayPublish, maySubscribe } from './broker-users.ts'

export interface BrokerAccess {
  readonly handlers: Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizeSubscribe' | 'authorizeForward'>
  /** Whether the message may go on. Where not, it is emptied: acknowledged as MQTT 3.1.1 wants it, and seen by nobody. */
  mayPublish(client: Client | null, packet: PublishPacket): boolean
  /** Names a client across connections: user and client id. */
  ownerOf(client: Client | null): string
}

interface Session {
  readonly name: string
  readonly user: BrokerUser
  toldRefusal: boolean
}

/** Where refused messages go: nobody may subscribe to it. */
const nowhere = '$lineside/refused'

export function createBrokerAccess(
  users: ReadonlyMap<string, BrokerUser>,
  counters: BrokerCounters,
  limits: BrokerLimits,
  log: Logger,
): BrokerAccess {
  const sessions = new WeakMap<Client, Session>()
  const retained = new Set<string>()

  /** Keeps the number of retained topics within its limit; an empty message ends one. */
  function limitRetained(packet: PublishPacket): void {
    if (!packet.retain) return
    if (packet.payload.length === 0) retained.delete(packet.topic)
    else if (retained.has(packet.topic) || retained.size < limits.retainedTopics) retained.add(packet.topic)
    else {
      packet.retain = false
      counters.retainedRefused++
    }
  }

  return {
    ownerOf: client => `${(client && sessions.get(client)?.name) ?? ''} ${client?.id ?? ''}`,
    mayPublish(client, packet) {
      const session = client ? sessions.get(client) : undefined
      if (mayPublish(session?.user, packet.topic)) {
        limitRetained(packet)
        return true
      }
      counters.publishesRefused++
      if (session && !session.toldRefusal) {
        session.toldRefusal = true
        log.warn({ user: session.name, client: client?.id, topic: packet.topic }, 'user may not publish to this topic')
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
          sessions.set(client, { name, user, toldRefusal: false })
          return done(null, true)
        }
        counters.loginsRefused++
        done(null, false)
      },
      authorizeSubscribe(client, subscription, done) {
        const allowed = maySubscribe(sessions.get(client)?.user, subscription.topic)
        if (!allowed) counters.subscriptionsRefused++
        done(null, allowed ? subscription : null)
      },
      authorizeForward(client, packet) {
        const filters = sessions.get(client)?.user.subscribe ?? []
        return filters.some(filter => topicMatches(filter, packet.topic)) ? packet : null
      },
    },
  }
}
