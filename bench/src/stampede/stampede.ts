import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { Secret } from '@lineside/settings'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { Answer } from '../../../agent/src/uplink/api.ts'
import { createPost } from '../../../agent/src/uplink/http.ts'
import { createUplink } from '../../../agent/src/uplink/uplink.ts'
import { type ReceiverProcess, startReceiverProcess } from '../receiver-process.ts'
import { createCertificates } from '../../../test/others/certificates.ts'
import { rounded } from '../figures.ts'
import { readProcessCost } from '../process-cost.ts'
import { OutageBuffer, makeHour, points } from './outage-buffer.ts'

export interface StampedeFigures {
  readonly gateways: number
  readonly readings: number
  readonly mb: number
  /** From the moment at which all come back until the last of them has nothing left. */
  readonly drainSeconds: number
  /** Until half of the gateways had nothing left. */
  readonly halfSeconds: number
  readonly readingsPerSecond: number
  readonly accepted: number
  /** Requests that were told to come later: 429 with Retry-After. */
  readonly toldToWait: number
  /** Answers of any other kind, and connections that broke: must be none. */
  readonly otherwise: Readonly<Record<string, number>>
  /** Gateways that still had something when the bench gave up: must be 0. */
  readonly notDrained: number
  /** What the receiver stored more or less than once: must be 0. */
  readonly miscounted: number
  readonly rssIdleMb: number
  readonly rssPeakMb: number
  /** Of the memory that requests under way may take: given out at most, and the bound. */
  readonly memoryPeakMb: number
  readonly memoryLimitMb: number
  /** `rssPeakMb` within what the receiver takes when idle, its limit and what lies beside it. */
  readonly isBounded: boolean
}

const memoryLimit = 128e6
/** Beside what requests take: heap that waits to be collected, 1,000 TLS connections with what they read ahead, SQLite. */
const besideLimit = 384e6
const giveUpMs = 600_000

/** All gateways have been away for `seconds`, come back at one moment, and send what they have by the agent's own uplink. */
export async function benchStampede(
  gateways: number,
  seconds: number,
  say: (text: string) => void,
): Promise<StampedeFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-stampede-'))
  try {
    createCertificates(folder, ['server'])
    const tls = `tls: { cert: ${join(folder, 'server.pem')}, key: { file: ${join(folder, 'server.key')} } }`
    const limits = `limits: { memory: ${memoryLimit / 1e6}MB }`
    const ca = readFileSync(join(folder, 'ca.pem'), 'utf8')
    await using receiver = await startReceiverProcess(`archive: off\n${tls}\n${limits}`, { ca })
    say(`prepares ${gateways} gateways with ${seconds} s each`)
    const lines = makeHour(seconds, seededRandom(1))
    const herd = Array.from({ length: gateways }, (_, i) => createMember(receiver, ca, `gw-${i}`, lines))
    say('they come back')
    const figures = await run(receiver, herd)
    const [stored, all] = [await receiver.metric('batches_total{outcome="stored"}'), gateways * seconds]
    const mb = rounded(herd.reduce((sum, { buffer }) => sum + buffer.bytes, 0) / 1e6)
    const readings = all * points
    const readingsPerSecond = Math.round(readings / figures.drainSeconds)
    return { gateways, readings, mb, readingsPerSecond, ...figures, miscounted: Math.abs(stored - all) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Gateway = ReturnType<typeof createMember>

/** A gateway as far as the receiver can see it: the agent's uplink over its own connection. */
function createMember(receiver: ReceiverProcess, ca: string, gateway: string, lines: readonly string[]) {
  const buffer = new OutageBuffer(gateway, randomUUID(), lines)
  const url = new URL(`https://127.0.0.1:${receiver.port}`)
  const send = createPost({ url, token: new Secret(receiver.addGateway(gateway)), tls: { ca } })
  const answers: Record<string, number> = {}
  const uplink = createUplink({
    gateway,
    buffer,
    async post(body, signal) {
      const answer = await send(body, signal)
      const kind = kindOf(answer)
      answers[kind] = (answers[kind] ?? 0) + 1
      return answer
    },
    clock: systemClock,
    random: Math.random,
    log: pino({ level: 'silent' }),
  })
  return { buffer, uplink, answers }
}

function kindOf(answer: Answer): string {
  if (answer.kind === 'failed') return answer.reason
  const { status, retryAfter } = answer
  return status === 429 && retryAfter === undefined ? '429 without Retry-After' : String(status)
}

async function run(receiver: ReceiverProcess, herd: readonly Gateway[]) {
  const rssIdle = readProcessCost(receiver.pid).rssBytes
  const peak = { rss: 0, memory: 0 }
  const startedAt = performance.now()
  const elapsed = () => (performance.now() - startedAt) / 1000
  for (const { uplink } of herd) uplink.start()
  const notDrained = () => herd.filter(({ buffer }) => !buffer.isDrained).length
  let halfSeconds: number | undefined
  while (notDrained() > 0 && elapsed() * 1000 < giveUpMs) {
    await wait(100)
    if (notDrained() <= herd.length / 2) halfSeconds ??= elapsed()
    peak.rss = Math.max(peak.rss, readProcessCost(receiver.pid).rssBytes)
    peak.memory = Math.max(peak.memory, await receiver.metric('memory_bytes'))
  }
  const drainSeconds = elapsed()
  const left = notDrained()
  await Promise.all(herd.map(({ uplink }) => uplink.stop()))
  const answers: Record<string, number> = {}
  for (const one of herd) {
    for (const [kind, count] of Object.entries(one.answers)) answers[kind] = (answers[kind] ?? 0) + count
  }
  const { 200: accepted = 0, 429: toldToWait = 0, ...otherwise } = answers
  return {
    drainSeconds: rounded(drainSeconds),
    halfSeconds: rounded(halfSeconds ?? drainSeconds),
    accepted,
    toldToWait,
    otherwise,
    notDrained: left,
    rssIdleMb: Math.round(rssIdle / 1e6),
    rssPeakMb: Math.round(peak.rss / 1e6),
    memoryPeakMb: Math.round(peak.memory / 1e6),
    memoryLimitMb: memoryLimit / 1e6,
    isBounded: peak.rss <= rssIdle + memoryLimit + besideLimit,
  }
}
