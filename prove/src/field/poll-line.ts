import { systemClock } from '@lineside/contract'
import type { ReadPdu } from '@lineside/device-profiles'
import type { ModbusConnection } from '../../../agent/src/links/modbus/result.ts'
import type { Adversary } from './adversary.ts'
import { firstIllegalAddress, isMarkedFor } from './framing.ts'

export interface Polls {
  /** Requests that were sent. */
  polls: number
  right: number
  /** Values of another unit, register or request, and refusals that belong to another request. */
  wrong: number
  unanswered: number
  /** Values that the adversary sent when they were asked for are right; this many were. */
  refused: number
  disconnected: number
  /** The first few, for people. */
  readonly examples: string[]
  /** Tells people at once. */
  readonly say: (text: string) => void
}

export function noPolls(say: (text: string) => void): Polls {
  return { polls: 0, right: 0, wrong: 0, unanswered: 0, refused: 0, disconnected: 0, examples: [], say }
}

/** How many different units and lengths a line is asked for: with one of each every late answer fits the next request. */
export interface Variety {
  readonly units: number
  readonly lengths: readonly number[]
  readonly functions: readonly (3 | 4)[]
}

const reconnectWaitMs = 1
const maxExamples = 5

/** Polls a line `quota` times, one request after another, and judges every value. */
export async function pollLine(
  connection: ModbusConnection,
  adversary: Adversary,
  variety: Variety,
  quota: number,
  random: () => number,
  into: Polls,
): Promise<void> {
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[], otherwise: T): T =>
    list[Math.floor(random() * list.length)] ?? otherwise
  for (let done = 0; done < quota; ) {
    const unitId = 1 + Math.floor(random() * variety.units)
    const illegal = random() < 0.03 ? firstIllegalAddress : 0
    const read: ReadPdu = {
      functionCode: pick(variety.functions, 3),
      address: illegal + Math.floor(random() * 0x4000),
      count: pick(variety.lengths, 4),
    }
    const fromN = adversary.received
    const result = await connection.request(unitId, read, 0)
    if (!result.ok && result.kind === 'disconnected') {
      into.disconnected++
      // A request that broke off was one; where there was no connection, none was sent.
      if (adversary.received > fromN) {
        done++
        into.polls++
      }
      await new Promise<void>(resolve => void systemClock.after(reconnectWaitMs, resolve))
      continue
    }
    done++
    into.polls++
    const asked = `unit ${unitId} ${JSON.stringify(read)} as request ${fromN} or later`
    if (result.ok) {
      if (isMarkedFor(result.data, unitId, read, fromN)) into.right++
      else blame(into, `${asked} got ${Buffer.from(result.data).toString('hex')}`, adversary)
    } else if (result.kind !== 'exception') into.unanswered++
    else if (illegal > 0) into.refused++
    else blame(into, `${asked} was refused: ${result.text}`, adversary)
  }
}

function blame(into: Polls, text: string, { trace }: Adversary): void {
  into.wrong++
  if (into.examples.length >= maxExamples) return
  const example = `${text}\n${trace.toString()}`
  into.examples.push(example)
  into.say(example)
}
