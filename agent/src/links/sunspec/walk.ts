import { type ChainWalk, isUnitDead, type ReadPdu, type WalkResult } from '@lineside/device-profiles'
import { describeRead } from '../modbus/describe-read.ts'
import type { ModbusResult } from '../modbus/result.ts'

/** How far a walk through the models of a device has come. */
export type Walked =
  | WalkResult
  /** So many reads as were allowed did not suffice; it can go on later. */
  | { readonly kind: 'unfinished' }
  /** A read stayed without an answer, or the device says that it can't answer now. */
  | { readonly kind: 'broken'; readonly text: string; readonly answered: boolean }

/** 1 to 3: no such function, address or number. What the other exceptions say may be over at the next try. */
const lastException = 3

/** Goes on with a walk, by at most so many reads. */
export async function goOn(
  walk: ChainWalk,
  most: number,
  ask: (read: ReadPdu) => Promise<ModbusResult>,
): Promise<Walked> {
  let answered = false
  for (let reads = 0; ; reads++) {
    const { next, result } = walk
    if (!next) return result ?? { kind: 'unfinished' }
    if (reads >= most) return { kind: 'unfinished' }
    const reply = await ask(next)
    if (reply.ok) walk.take(reply.data)
    else if (reply.kind === 'exception' && reply.exception <= lastException) walk.take('refused')
    else {
      answered ||= reply.kind === 'exception' && !isUnitDead(reply.exception)
      return { kind: 'broken', text: `${describeRead(next)}: ${reply.text}`, answered }
    }
    answered = true
  }
}
