import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Clock, systemClock } from '@lineside/contract'
import { countingClock, seededRandom } from '@lineside/contract/testing'
import { ModbusRtuConnection } from '../../../agent/src/links/modbus/rtu-connection.ts'
import type { ModbusConnection } from '../../../agent/src/links/modbus/result.ts'
import { ModbusTcpConnection } from '../../../agent/src/links/modbus/tcp-connection.ts'
import { mbap, rtu } from '../field/framing.ts'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { type Peer, portBreaks, startPortPeer, startTcpPeer, tcpBreaks } from './peers.ts'

const timeoutMs = 10
const read = { functionCode: 3, address: 1, count: 5 } as const
/** What the collector may leave behind, bytes. */
const allowedGrowth = 4_000_000

/** Lines that are broken side by side. */
const lines: readonly (() => Promise<Peer>)[] = [
  ...Array.from({ length: 4 }, () => () => startTcpPeer(mbap, tcpBreaks)),
  ...Array.from({ length: 4 }, () => () => startTcpPeer(rtu, tcpBreaks)),
  ...Array.from({ length: 2 }, () => () => startPortPeer(portBreaks)),
]
const tcpLines = 4

const pause = (ms: number) => new Promise<void>(resolve => void systemClock.after(ms, resolve))

/** Asks on until the connection broke as often as wanted, then until it answers. False: it never did. */
export async function breakLine(
  peer: Peer,
  framing: 'tcp' | 'rtu',
  breaks: number,
  clock: Clock,
  seed: number,
): Promise<boolean> {
  const options = {
    place: peer.place,
    timeoutMs,
    connectTimeoutMs: 10_000,
    clock,
    random: seededRandom(seed),
    backoff: { baseMs: 1, maxMs: 2 },
    changed: () => {},
    opened: () => {},
  }
  const connection: ModbusConnection =
    framing === 'tcp'
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
  for (let tries = 0; tries < 1000 && !isBack; tries++) isBack = await ask(1)
  connection.close()
  return isBack
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') for (let i = 0; i < 4; i++) collect()
  return process.memoryUsage().heapUsed
}

/** Connections that break in every way come back, and leave no memory, sockets, open files or timers behind. */
export async function proveBreaks({ cuts = 10_000, seed = 1, say }: ProofOptions): Promise<ProofResult> {
  const violations: string[] = []
  const clock = countingClock()
  const round = async (breaks: number) => {
    const each = Math.ceil(breaks / lines.length)
    const healed = await Promise.all(
      lines.map(async (start, i) => {
        await using peer = await start()
        return await breakLine(peer, i < tcpLines ? 'tcp' : 'rtu', each, clock, seed + i)
      }),
    )
    // Sockets are closed by the system a turn later.
    await pause(50)
    violations.push(...healed.flatMap((isBack, i) => (isBack ? [] : [`line ${i} did not come back`])))
    const sockets = process.getActiveResourcesInfo().filter(name => /^(TCP|TTY)/.test(name)).length
    // One is the folder itself, while it is read.
    const files = readdirSync('/proc/self/fd').length - 1
    return { heap: heapBytes(), sockets, files, timers: clock.waiting() }
  }
  const before = await round(cuts / 10)
  say(`after ${cuts / 10}: ${JSON.stringify(before)}`)
  const after = await round(cuts)
  if (after.sockets > before.sockets) violations.push(`${after.sockets} sockets left, ${before.sockets} before`)
  if (after.files > before.files) violations.push(`${after.files} files open, ${before.files} before`)
  if (after.timers > 0) violations.push(`${after.timers} timers left`)
  if (after.heap > before.heap + allowedGrowth) violations.push(`heap grew from ${before.heap} to ${after.heap} bytes`)
  return { violations, figures: { breaks: cuts, before, after } }
}
