import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Clock, systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { ModbusRtuConnection } from '../../../agent/src/links/modbus-rtu-connection.ts'
import type { ModbusConnection } from '../../../agent/src/links/modbus-result.ts'
import { ModbusTcpConnection } from '../../../agent/src/links/modbus-tcp-connection.ts'
import { tcpPlace } from '../../../agent/src/links/tcp-channel.ts'
import { type Framing, honestPdu, mbap, rtu } from '../field/framing.ts'
import type { ProofOptions, ProofResult } from '../proof.ts'

/** How a peer ends a connection, at its first request. */
const kinds = ['reset', 'end', 'cut_inside_a_frame', 'half_open', 'never_closed'] as const
const timeoutMs = 10
const lines = 10
const read = { functionCode: 3, address: 1, count: 5 } as const
/** What the collector may leave behind, bytes. */
const allowedGrowth = 4_000_000

interface Peer extends AsyncDisposable {
  readonly port: number
  /** From now on it answers. */
  heal(): void
  readonly open: ReadonlySet<Socket>
}

/** Breaks one connection after another, in each way in turn, until it is healed. */
async function startPeer(framing: Framing): Promise<Peer> {
  const open = new Set<Socket>()
  let healed = false
  let n = 0
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
    const kind = kinds[n++ % kinds.length]
    const requests = framing.requests()
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    // A peer that never ends its side would be the peer's leak: it lets go once the client has.
    socket.on('end', () => socket.destroy())
    socket.on('data', chunk => {
      for (const request of requests(chunk)) {
        const asked = { ...request, n: 0, sentMs: 0 }
        const frame = framing.answer(asked, honestPdu(asked))
        if (healed) socket.write(frame)
        else if (kind === 'reset') socket.resetAndDestroy()
        else if (kind === 'end') socket.end()
        else if (kind === 'cut_inside_a_frame') socket.end(frame.subarray(0, 7))
        else if (kind === 'never_closed') socket.write(frame.subarray(0, 7))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    open,
    heal: () => void (healed = true),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Counts the timers that wait. */
function countingClock(): Clock & { waiting(): number } {
  const pending = new Set<object>()
  return {
    waiting: () => pending.size,
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    after(delayMs, callback) {
      const handle = {}
      pending.add(handle)
      const timer = systemClock.after(delayMs, () => {
        pending.delete(handle)
        callback()
      })
      return {
        cancel() {
          pending.delete(handle)
          timer.cancel()
        },
      }
    },
  }
}

const pause = (ms: number) => new Promise<void>(resolve => void systemClock.after(ms, resolve))

/** Asks on until the connection broke as often as wanted, then until it answers. False: it never did. */
async function breakLine(framing: Framing, breaks: number, clock: Clock, seed: number): Promise<boolean> {
  await using peer = await startPeer(framing)
  const options = {
    place: tcpPlace('127.0.0.1', peer.port),
    timeoutMs,
    connectTimeoutMs: 1000,
    clock,
    random: seededRandom(seed),
    backoff: { baseMs: 1, maxMs: 2 },
    changed: () => {},
    opened: () => {},
  }
  const connection: ModbusConnection =
    framing.name === 'mbap'
      ? new ModbusTcpConnection({ ...options, maxInFlight: 1 })
      : new ModbusRtuConnection({ ...options, silenceMs: 1, connectDelayMs: 0, byteMs: 0 })
  connection.start()
  const ask = async (unitId: number) => {
    const result = await connection.request(unitId, read, 0)
    if (!result.ok) await pause(1)
    return result.ok
  }
  for (let unit = 0; (connection.counters['connects'] ?? 0) < breaks; unit++) await ask(1 + (unit % 200))
  peer.heal()
  let isBack = false
  for (let tries = 0; tries < 200 && !isBack; tries++) isBack = await ask(1)
  connection.close()
  return isBack
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') for (let i = 0; i < 4; i++) collect()
  return process.memoryUsage().heapUsed
}

/** Connections that break in every way come back, and leave no memory, sockets or timers behind. */
export async function proveBreaks({ cuts = 10_000, seed = 1, say }: ProofOptions): Promise<ProofResult> {
  const violations: string[] = []
  const clock = countingClock()
  const round = async (breaks: number) => {
    const each = Math.ceil(breaks / lines)
    const healed = await Promise.all(
      Array.from({ length: lines }, (_, i) => breakLine(i % 2 === 0 ? mbap : rtu, each, clock, seed + i)),
    )
    // Sockets are closed by the system a turn later.
    await pause(50)
    violations.push(...healed.flatMap((isBack, i) => (isBack ? [] : [`line ${i} did not come back`])))
    const sockets = process.getActiveResourcesInfo().filter(name => name.startsWith('TCP')).length
    return { heap: heapBytes(), sockets, timers: clock.waiting() }
  }
  const before = await round(cuts / 10)
  say(`after ${cuts / 10}: ${JSON.stringify(before)}`)
  const after = await round(cuts)
  if (after.sockets > before.sockets) violations.push(`${after.sockets} sockets left, ${before.sockets} before`)
  if (after.timers > 0) violations.push(`${after.timers} timers left`)
  if (after.heap > before.heap + allowedGrowth) violations.push(`heap grew from ${before.heap} to ${after.heap} bytes`)
  return { violations, figures: { breaks: cuts, before, after } }
}
