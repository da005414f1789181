import type { ReadPdu, RegisterImage } from '@lineside/device-profiles'
import type { ModbusResult } from '../links/modbus/result.ts'

export interface RegistersRead {
  readonly image: RegisterImage
  /** Why some are missing. */
  readonly text: string | undefined
}

/** Most registers of one read. */
const mostAtOnce = 125

/**
 * Reads registers `start` … `end` − 1 of a unit. Where it refuses some the others are read all the same: a refused read is
 * cut in two until what is refused is found.
 */
export async function readRegisters(
  ask: (read: ReadPdu) => Promise<ModbusResult>,
  functionCode: 3 | 4,
  [start, end]: readonly [start: number, end: number],
): Promise<RegistersRead> {
  const image = new Map<number, number>()
  let text: string | undefined
  const waiting: (readonly [number, number])[] = []
  for (let at = start; at < end; at += mostAtOnce) waiting.push([at, Math.min(end, at + mostAtOnce)])
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const [from, to] = next
    const result = await ask({ functionCode, address: from, count: to - from })
    if (result.ok) {
      const view = new DataView(result.data.buffer, result.data.byteOffset, result.data.byteLength)
      for (let at = from; at < to; at++) image.set(at, view.getUint16((at - from) * 2))
      continue
    }
    text ??= result.text
    if (result.kind !== 'exception') return { image, text }
    // 2: there is no such address; 3: not so many at once.
    if (to - from < 2 || (result.exception !== 2 && result.exception !== 3)) continue
    const middle = from + Math.ceil((to - from) / 2)
    waiting.unshift([from, middle], [middle, to])
  }
  return { image: new Map([...image].toSorted(([a], [b]) => a - b)), text }
}
