import type { PublishPacket } from 'aedes'
import type { Clock } from '@lineside/contract'
import { DupFilter } from '../mqtt/dup.ts'
import type { BrokerCounters, BrokerLimits } from './limits.ts'
import type { MqttDevices } from '../mqtt/devices.ts'

type Done = (error?: Error | null) => void

/** The way of a message from a client to the devices, and of its acknowledgement back. */
export interface BrokerIntake {
  /** Calls back when the message may be acknowledged, or with the reason to end the connection instead. */
  publish(owner: string, packet: PublishPacket, done: Done): void
  disconnected(owner: string): void
  /** Takes nothing more; resolves when nothing waits for its commit, or after `limitMs`. */
  stop(limitMs: number): Promise<void>
}

export function createBrokerIntake(
  devices: MqttDevices,
  counters: BrokerCounters,
  limits: BrokerLimits,
  clock: Clock,
): BrokerIntake {
  const dups = new DupFilter()
  let stopped: (() => void) | undefined
  let stopping = false

  function settle(done: Done, error: Error | undefined): void {
    counters.waiting--
    done(error ?? null)
    if (counters.waiting === 0) stopped?.()
  }

  return {
    publish(owner, packet, done) {
      // Neither acknowledged nor refused: the client sends it again to the next run.
      if (stopping) return
      counters.messages++
      const { topic, qos, messageId, dup } = packet
      const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
      if (qos === 0 || messageId === undefined) {
        devices.message(topic, payload, false)
        return done(null)
      }
      if (counters.waiting >= limits.waiting) {
        counters.overloads++
        return done(new Error(`${limits.waiting} messages wait for their commit`))
      }
      counters.waiting++
      const message = { id: messageId, dup, topic, payload }
      const arrival = dups.arrive(
        owner,
        message,
        () => clock.monotonic(),
        error => settle(done, error),
      )
      if (arrival.kind === 'new') devices.message(topic, payload, false, arrival.stored)
      else counters.again++
    },
    disconnected: owner => dups.disconnected(owner, clock.monotonic()),
    async stop(limitMs) {
      stopping = true
      if (counters.waiting === 0) return
      await new Promise<void>(resolve => {
        stopped = resolve
        clock.after(limitMs, resolve)
      })
    },
  }
}
