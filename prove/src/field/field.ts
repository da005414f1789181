import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import type { Channel, ChannelEvents } from '../../../agent/src/links/channel/byte-stream.ts'
import {
  latestTimeouts as promisedTimeouts,
  ModbusRtuConnection,
} from '../../../agent/src/links/modbus/rtu-connection.ts'
import type { ModbusConnection } from '../../../agent/src/links/modbus/result.ts'
import { ModbusTcpConnection } from '../../../agent/src/links/modbus/tcp-connection.ts'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { Adversary, latestTimeouts } from './adversary.ts'
import { mbap, rtu } from './framing.ts'
import { type Line, listenTcp, openPty } from './lines.ts'
import { noPolls, pollLine, type Variety } from './poll-line.ts'

export const transports = ['tcp', 'rtu_tcp', 'rtu_pty'] as const
export type Transport = (typeof transports)[number]

/** A pseudo-terminal has a thread of the kernel in between, which the machine may keep waiting. */
const timeoutsMs: Readonly<Record<Transport, number>> = { tcp: 20, rtu_tcp: 20, rtu_pty: 50 }
/** Lines polled at a time: most of the time they wait. */
const lineCounts: Readonly<Record<Transport, number>> = { tcp: 24, rtu_tcp: 36, rtu_pty: 90 }
/** What is left between the latest answer of the adversary and the latest that a client must expect. */
const spareTimeouts = promisedTimeouts - latestTimeouts - 0.1
const malice = 0.12
const inFlight = 4
const backoff = { baseMs: 1, maxMs: 2 }
const allAlike: Variety = { units: 1, lengths: [4], functions: [3] }
/** How different requests are, from all alike to hardly ever alike; lines take turns. */
const varieties: readonly Variety[] = [
  allAlike,
  { units: 3, lengths: [4, 5], functions: [3] },
  { units: 3, lengths: [4, 5, 60], functions: [3, 4] },
]

export interface FieldOptions {
  readonly polls: number
  readonly seed: number
  readonly timeoutMs: number
  readonly lines: number
  readonly say: (text: string) => void
}

/** Polls an adversary on one kind of line, spread over several lines at a time. */
export async function pollAdversary(transport: Transport, options: FieldOptions) {
  const { polls, seed, timeoutMs, lines, say } = options
  const total = noPolls(say)
  const counts: Record<string, number> = {}
  const startedMs = performance.now()
  const tell = setInterval(() => say(`${transport}: ${total.polls} polls, ${total.wrong} wrong`), 30_000)
  const share = Math.ceil(polls / lines)
  const run = async (index: number) => {
    const adversaryRandom = seededRandom(seed * 1000 + index)
    const framing = transport === 'tcp' ? mbap : rtu
    const adversary = new Adversary({ framing, timeoutMs, random: adversaryRandom, malice })
    await using line =
      transport === 'rtu_pty'
        ? await openPty(adversary, spareTimeouts * timeoutMs)
        : await listenTcp(adversary, transport === 'rtu_tcp')
    const connection = connect(transport, watched(line, adversary), timeoutMs, seededRandom(seed * 1000 + index + 500))
    connection.start()
    const variety = varieties[index % varieties.length] ?? allAlike
    const workers = transport === 'tcp' ? inFlight : 1
    const quota = Math.ceil(share / workers)
    await Promise.all(
      Array.from({ length: workers }, (_, worker) => {
        const random = seededRandom(seed * 100_000 + index * 10 + worker)
        return pollLine(connection, adversary, variety, quota, random, total)
      }),
    )
    connection.close()
    if (line.heldBack) counts['kernel_late_bytes'] = (counts['kernel_late_bytes'] ?? 0) + line.heldBack()
    for (const [name, count] of Object.entries(adversary.counts)) counts[name] = (counts[name] ?? 0) + count
  }
  try {
    await Promise.all(Array.from({ length: lines }, (_, index) => run(index)))
  } finally {
    clearInterval(tell)
  }
  const { say: _, ...figures } = total
  return { ...figures, tricks: counts, seconds: Math.round(performance.now() - startedMs) / 1000 }
}

function connect(transport: Transport, line: Line, timeoutMs: number, random: () => number): ModbusConnection {
  const shared = {
    place: line.place,
    timeoutMs,
    connectTimeoutMs: 10_000,
    clock: systemClock,
    random,
    backoff,
    changed: () => {},
    opened: () => {},
  }
  if (transport === 'tcp') return new ModbusTcpConnection({ ...shared, maxInFlight: inFlight })
  return new ModbusRtuConnection({ ...shared, silenceMs: 2, connectDelayMs: 0, byteMs: 0 })
}

/** Tells the adversary what the client sends and reads. */
function watched(line: Line, adversary: Adversary): Line {
  const { place } = line
  const open = (events: ChannelEvents): Channel => {
    const channel = place.open({
      opened: () => events.opened(),
      bytes(chunk) {
        adversary.trace.note('client reads', chunk)
        events.bytes(chunk)
      },
      broken: text => events.broken(text),
    })
    return {
      get unsentBytes() {
        return channel.unsentBytes
      },
      write(bytes) {
        adversary.sent(bytes)
        channel.write(bytes)
      },
      destroy: () => channel.destroy(),
    }
  }
  return { ...line, place: { name: place.name, open } }
}

/** No adversary's answer passes for a right value, whatever it does to it. */
export async function proveField(options: ProofOptions): Promise<ProofResult> {
  const { polls = 30_000, seed = 1, transport, say } = options
  const chosen = transports.filter(name => transport === undefined || name === transport)
  const violations = chosen.length > 0 ? [] : [`no transport ${transport ?? ''}; there are ${transports.join(', ')}`]
  const results: Record<string, unknown> = {}
  const sum = { polls: 0, wrong: 0 }
  for (const name of chosen) {
    const { examples, ...result } = await pollAdversary(name, {
      polls,
      seed,
      timeoutMs: timeoutsMs[name],
      lines: lineCounts[name],
      say,
    })
    say(`${name}: ${JSON.stringify(result)}`)
    violations.push(...examples.map(text => `${name}: ${text}`))
    results[name] = result
    sum.polls += result.polls
    sum.wrong += result.wrong
  }
  return { violations, figures: { ...sum, seed, ...results } }
}
