import { fork } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '@lineside/contract'
import { readProcessCost } from '../../../bench/src/process-cost.ts'
import { openEmbeddedLog } from '../../../cloud-receiver/src/log/embedded/embedded-log.ts'
import { topics } from '../../../cloud-receiver/src/log/log.ts'
import type { ProofOptions, ProofResult } from '../proof.ts'
import { startReceiverProcess } from '../../../bench/src/receiver-process.ts'
import type { ReceiverProcess } from '../../../bench/src/receiver-process.ts'
import type { Orders, Outcome } from './attacker.ts'
import { attacks, poisonDevice } from './attacks.ts'
import { sendAtFullSpeed, startHonest } from './honest.ts'
import type { Honest } from './honest.ts'

const honestGateways = 10
const attackers = 50
/** What attacks may add to the memory that honest gateways take, bytes. */
const maxExtraBytes = 64 * 1024 * 1024
/** What of their rate honest gateways keep. */
const keptRate = 0.95
const warmUpMs = 8000

/** Honest gateways alone, then beside attackers, for `seconds` each; then what the log holds. */
export async function provePoison({ seconds = 30, seed = 1, say }: ProofOptions): Promise<ProofResult> {
  // Without a bound V8 lets lie what nobody uses any more, and the process looks bigger than what it needs.
  const env = { NODE_OPTIONS: '--max-old-space-size=96 --max-semi-space-size=4' }
  await using receiver = await startReceiverProcess('archive: off\nlimits: { memory: 64MB }', { env })
  await Promise.all(Array.from({ length: 4 }, (_, i) => sendAtFullSpeed(receiver, `busy-${i}`, warmUpMs)))
  const honest = Array.from({ length: honestGateways }, (_, i) => startHonest(receiver, `honest-${i}`, i))
  await wait(2000)
  const alone = await measure(receiver, honest, seconds)
  say(`alone: ${JSON.stringify(alone)}`)
  const orders: Orders = {
    port: receiver.port,
    seed,
    attackers: Array.from({ length: attackers }, (_, i) => {
      const gateway = `mallory-${i}`
      const { gateway: victim = '', stream: victimStream = '' } = honest[i % honest.length] ?? {}
      return { gateway, token: receiver.addGateway(gateway), victim, victimStream }
    }),
  }
  const outcomes: Outcome[] = []
  const child = fork(join(import.meta.dirname, 'attacker.ts'), { execArgv: ['--conditions=source'] })
  child.on('message', (outcome: Outcome) => outcomes.push(outcome))
  child.send(orders)
  const beside = await measure(receiver, honest, seconds)
  say(`beside ${attackers} attackers: ${JSON.stringify(beside)}`)
  // On a slow machine the time may not have been enough for every kind of attack to be answered.
  const kinds = () => new Set(outcomes.map(({ attack }) => attack)).size
  const giveUpAt = performance.now() + lastKindsMs
  while (kinds() < Object.keys(attacks).length && performance.now() < giveUpAt) await wait(100)
  child.disconnect()
  await Promise.all(honest.map(one => one.stop()))
  const status = await receiver.stop()
  const extraBytes = beside.rssBytes - alone.rssBytes
  const violations = [
    ...unfair(outcomes),
    ...(await judgeLog(receiver.logPath, honest)),
    ...(status === 0 ? [] : [`the receiver ended with status ${status}`]),
    ...(extraBytes <= maxExtraBytes ? [] : [`MEMORY: ${Math.round(extraBytes / 1e6)} MB more beside attackers`]),
    ...(beside.rate >= keptRate * alone.rate
      ? []
      : [`RATE: ${beside.rate} readings/s beside attackers, ${alone.rate} alone`]),
  ]
  const figures = {
    attacks: outcomes.length,
    kinds: `${kinds()} of ${Object.keys(attacks).length}`,
    extraMb: Math.round(extraBytes / 1e6),
    keptRate: Math.round((1000 * beside.rate) / alone.rate) / 1000,
    slowestMs: { alone: alone.slowestMs, beside: beside.slowestMs },
  }
  return { violations, figures }
}

/** How long the last kinds of attacks are waited for. */
const lastKindsMs = 90_000

interface Phase {
  readonly rate: number
  readonly rssBytes: number
  readonly slowestMs: number
}

/** Readings a second that are accepted, and the most memory that is taken meanwhile. */
async function measure({ pid }: ReceiverProcess, honest: readonly Honest[], seconds: number): Promise<Phase> {
  const accepted = () => honest.reduce((sum, one) => sum + one.accepted(), 0)
  for (const one of honest) one.slowest()
  const before = { accepted: accepted(), at: performance.now() }
  let rssBytes = 0
  while (performance.now() - before.at < seconds * 1000) {
    await wait(100)
    rssBytes = Math.max(rssBytes, readProcessCost(pid).rssBytes)
  }
  return {
    rate: Math.round(((accepted() - before.accepted) * 1000) / (performance.now() - before.at)),
    rssBytes,
    slowestMs: Math.round(Math.max(...honest.map(one => one.slowest()))),
  }
}

function unfair(outcomes: readonly Outcome[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { attack, status, isFair } of outcomes) {
    const what = `ANSWER: ${attack}: ${status === 0 ? 'none' : status}`
    if (!isFair) counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].map(([what, count]) => `${what} (${count} times)`)
}

/** Each gateway's entries are its own: all that an honest one was given a receipt for, once, and nothing else. */
async function judgeLog(path: string, honest: readonly Honest[]): Promise<readonly string[]> {
  await using log = await openEmbeddedLog({ path, clock: systemClock })
  const streams = new Map(honest.map(({ gateway, stream }) => [gateway, stream]))
  const batches = new Map<string, Set<number>>()
  const seen = new Set<string>()
  const violations: string[] = []
  for (const topic of topics) {
    const end = await log.end(topic, 0)
    for (let at = 0; at < end; ) {
      const records = await log.read(topic, 0, at, end, 10_000)
      for (const { gateway, stream, seq, idx, json, offset } of records) {
        at = offset + 1
        const name = `${gateway} ${stream}/${seq}/${idx}`
        if (seen.has(name)) violations.push(`DOUBLE: ${name}`)
        seen.add(name)
        const own = streams.get(gateway)
        if (own === undefined) continue
        if (stream !== own || json.includes(poisonDevice)) violations.push(`FOREIGN: ${name}: ${json.slice(0, 80)}`)
        batches.set(gateway, (batches.get(gateway) ?? new Set()).add(seq))
      }
    }
  }
  for (const one of honest) {
    const stored = batches.get(one.gateway)?.size ?? 0
    if (stored !== one.batches())
      violations.push(`LOST: ${one.gateway}: ${stored} of ${one.batches()} batches in the log`)
  }
  return violations
}
