// Run as a process of its own: the agent's buffer and uplink, and polls that go on whatever the uplink does.
import { hasSeq, systemClock } from '@lineside/contract'
import type { Receipt } from '@lineside/contract'
import { Secret } from '@lineside/settings'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { BatchBuffer, SendingSide } from '../../../agent/src/buffer/api.ts'
import { openBuffer } from '../../../agent/src/buffer/buffer.ts'
import { createPost } from '../../../agent/src/uplink/http.ts'
import { createUplink } from '../../../agent/src/uplink/uplink.ts'
import { devices, gateway, points } from './plant.ts'

/** What this process tells once the backlog is sent. */
export interface Drained {
  /** From the reconnect until the receiver has what was committed last before it. */
  readonly newestMs: number
  readonly drainMs: number
  /** Ticks of the poll loop, and how many came at least one late. */
  readonly polls: number
  readonly missedPolls: number
  /** Those before the reconnect, for what the machine makes of it. */
  readonly missedPollsOffline: number
}

const tickMs = 100
/** What waits while nothing is behind. */
const liveReadings = 5000

async function run(path: string, port: string, token: string, backlog: string): Promise<Drained> {
  const log = pino({ level: 'silent' })
  const storage = { path, gateway, maxSizeBytes: 4e9, commitEveryMs: 1000 }
  await using buffer = await openBuffer({ ...storage, clock: systemClock, log, newId: randomUUID })
  using plant = startPlant(buffer)
  await once(process, 'message')
  const missedPollsOffline = plant.counts().missedPolls
  const reconnect = performance.now()
  // The stream of this run holds what was committed since its start, nothing else.
  const newest = watchNewest(buffer, backlog, buffer.stats().committed.batches)
  const post = createPost({ url: new URL(`http://127.0.0.1:${port}`), token: new Secret(token) })
  const uplink = createUplink({ gateway, buffer: newest.side, post, clock: systemClock, random: Math.random, log })
  uplink.start()
  while (buffer.stats().waiting.readings > liveReadings) await wait(50)
  const drainMs = performance.now() - reconnect
  await uplink.stop()
  return { newestMs: (newest.at() ?? Number.NaN) - reconnect, drainMs, ...plant.counts(), missedPollsOffline }
}

/** Polls that go on whatever the uplink does: a tenth of the devices in each tenth of a second. */
function startPlant(buffer: BatchBuffer) {
  const counts = { polls: 0, missedPolls: 0 }
  let due = performance.now() + tickMs
  const timer = setInterval(() => {
    const now = performance.now()
    counts.polls++
    const late = Math.floor((now - due) / tickMs)
    if (late >= 1) counts.missedPolls += late
    due = now + tickMs
    for (let i = 0; i < devices / 10; i++) {
      const device = (counts.polls * (devices / 10) + i) % devices
      const values = Object.fromEntries(Array.from({ length: points }, (_, p) => [`p${p}`, Math.random()]))
      buffer.append('data', { k: 'sample', device: `d${device}`, t: Date.now(), values })
    }
  }, tickMs)
  return { counts: () => counts, [Symbol.dispose]: () => clearInterval(timer) }
}

/** Notes when the first receipt covers a seq of a stream that is not the backlog's. */
function watchNewest(buffer: BatchBuffer, backlog: string, seq: number) {
  let at: number | undefined
  const look = ({ streams }: Receipt) => {
    if (streams.some(({ stream, acked }) => stream !== backlog && hasSeq(acked, seq))) at ??= performance.now()
  }
  const side: SendingSide = {
    next: options => buffer.next(options),
    settle(requestId, receipt) {
      look(receipt)
      return buffer.settle(requestId, receipt)
    },
    release: requestId => buffer.release(requestId),
    refused: (requestId, why) => buffer.refused(requestId, why),
    onCommitted: listener => buffer.onCommitted(listener),
  }
  return { side, at: () => at }
}

const [path = '', port = '', token = '', backlog = ''] = process.argv.slice(2)
process.send?.(await run(path, port, token, backlog))
process.disconnect()
