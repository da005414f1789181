// Run as a process of its own, politely scheduled: attackers that send one attack after the other until they are ended.
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setPriority } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '@lineside/contract/testing'
import { attacks } from './attacks.ts'
import type { Attack, Mallory } from './attacks.ts'

/** What the parent sends at first. */
export interface Orders {
  readonly port: number
  readonly seed: number
  readonly attackers: readonly Pick<Mallory, 'gateway' | 'token' | 'victim' | 'victimStream'>[]
}

/** What the parent hears of each attack. */
export interface Outcome {
  readonly attack: string
  /** 0: the connection ended without an answer. */
  readonly status: number
  readonly isFair: boolean
}

/** Between two attacks of one attacker. */
const pauseMs = 600
/** Longest that one attack goes on; dripping ones are given up then. */
const attackMs = 45_000

/** Sends one attack over a connection of its own; gives the status of its answer. */
function send(port: number, { head, body, slowMs, cut }: Attack): Promise<number> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const end = () => {
      socket.destroy()
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0))
    }
    socket.setTimeout(attackMs, end)
    socket.on('error', () => undefined)
    socket.on('close', end)
    socket.on('data', (bytes: Buffer) => {
      answer += bytes.toString('latin1')
      if (answer.includes('\r\n\r\n')) end()
    })
    const bytes = Buffer.concat([Buffer.from(head), body])
    if (slowMs === undefined) {
      socket.write(bytes)
      if (cut === true) socket.end()
      return
    }
    const at = { next: 0 }
    const drip = setInterval(() => void socket.write(bytes.subarray(at.next, ++at.next)), slowMs)
    socket.on('close', () => clearInterval(drip))
  })
}

async function attackOn(orders: Orders, mallory: Mallory): Promise<never> {
  const names = Object.keys(attacks)
  for (;;) {
    await wait(mallory.random() * 2 * pauseMs)
    const name = names[Math.floor(mallory.random() * names.length)] ?? ''
    const attack = attacks[name]?.(mallory)
    if (!attack) continue
    const status = await send(orders.port, attack)
    const isFair = attack.answers.includes(status) || status === 429 || status === 503
    // The parent may have heard enough.
    process.send?.({ attack: name, status, isFair } satisfies Outcome, undefined, undefined, () => undefined)
  }
}

setPriority(15)
process.once('message', (orders: Orders) => {
  for (const [index, who] of orders.attackers.entries()) {
    const random = seededRandom(orders.seed * 1000 + index)
    void attackOn(orders, { ...who, random, newId: randomUUID })
  }
})
process.on('disconnect', () => process.exit())
