import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { post } from '../../../bench/src/ingest/post.ts'
import { createTraffic } from '../../../bench/src/ingest/traffic.ts'
import type { ReceiverProcess } from '../../../bench/src/receiver-process.ts'

/** A gateway that sends a request of two batches every half second, as long as it is let. */
export interface Honest {
  readonly gateway: string
  readonly stream: string
  /** Readings that receipts have covered so far. */
  readonly accepted: () => number
  readonly batches: () => number
  /** Longest that one request took since the last look, ms. */
  slowest(): number
  stop(): Promise<void>
}

const sendEveryMs = 500
const shape = { devices: 10, points: 25, batches: 2 } as const

/** Sends as fast as it is let, for a while: what memory that takes is the receiver's due. */
export async function sendAtFullSpeed(receiver: ReceiverProcess, gateway: string, ms: number): Promise<void> {
  const token = receiver.addGateway(gateway)
  const traffic = createTraffic({ devices: 20, points: 25, batches: 20, gateway, stream: randomUUID(), seed: 99 })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const end = performance.now() + ms
  while (performance.now() < end) await post(receiver.port, agent, token, traffic.next().body)
  agent.destroy()
}

export function startHonest(receiver: ReceiverProcess, gateway: string, seed: number): Honest {
  const token = receiver.addGateway(gateway)
  const stream = randomUUID()
  const traffic = createTraffic({ ...shape, gateway, stream, seed })
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let accepted = 0
  let batches = 0
  let slowest = 0
  const state = { isStopped: false }
  const wake = Promise.withResolvers<void>()

  async function run(): Promise<void> {
    let due = performance.now() + seed * 37
    while (!state.isStopped) {
      await Promise.race([
        wake.promise,
        new Promise(resolve => setTimeout(resolve, Math.max(1, due - performance.now()))),
      ])
      // What could not be sent in time is sent late, not left out.
      due += sendEveryMs
      const { body, readings } = traffic.next()
      const startedAt = performance.now()
      while ((await post(receiver.port, agent, token, body)) !== 200);
      slowest = Math.max(slowest, performance.now() - startedAt)
      accepted += readings
      batches += shape.batches
    }
  }
  const ended = run()
  return {
    gateway,
    stream,
    accepted: () => accepted,
    batches: () => batches,
    slowest() {
      const longest = slowest
      slowest = 0
      return longest
    },
    async stop() {
      state.isStopped = true
      wake.resolve()
      await ended
      agent.destroy()
    },
  }
}
