import { isUnitDead, type ReadPdu } from '@lineside/device-profiles'
import type { OpenLine } from './open-line.ts'

/** Whether a unit is there. */
export type Presence =
  | { readonly kind: 'there'; readonly how: string }
  | { readonly kind: 'absent' }
  /** Something came from it that is no answer: two units with one id, noise, or another framing. */
  | { readonly kind: 'garbled'; readonly text: string }
  /** The line itself is gone. */
  | { readonly kind: 'lost'; readonly text: string }

/** Reads that nearly every device answers, if only with an exception. Some are silent where a table is not theirs. */
export const presenceReads: readonly ReadPdu[] = [
  { functionCode: 3, address: 0, count: 1 },
  { functionCode: 4, address: 0, count: 1 },
]

/** Asks a unit whether it is there. Data and exceptions prove it, but for those of a gateway that got no answer. */
export async function lookForUnit(line: OpenLine, unitId: number): Promise<Presence> {
  let garbled: string | undefined
  for (const read of presenceReads) {
    const result = await line.ask(unitId, read)
    if (result.ok) return { kind: 'there', how: 'it answers reads' }
    switch (result.kind) {
      case 'exception':
        if (isUnitDead(result.exception)) return { kind: 'absent' }
        return { kind: 'there', how: `it answers: ${result.text}` }
      case 'malformed':
        garbled = result.text
        break
      case 'disconnected':
        return { kind: 'lost', text: result.text }
      case 'timeout':
        break
      default:
        return result satisfies never
    }
  }
  return garbled === undefined ? { kind: 'absent' } : { kind: 'garbled', text: garbled }
}
