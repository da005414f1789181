import type { ReadPdu } from '@lineside/device-profiles'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ModbusResult } from '../links/modbus/result.ts'
import { readRegisters } from './read-registers.ts'

/** A unit that has these registers, each with its address in it, and gives at most so many at once. */
function unit(has: ReadonlySet<number>, most: number) {
  const asked: ReadPdu[] = []
  const ask = (read: ReadPdu): Promise<ModbusResult> => {
    asked.push(read)
    const addresses = Array.from({ length: read.count }, (_, n) => read.address + n)
    const exception = read.count > most ? 3 : addresses.every(address => has.has(address)) ? 0 : 2
    if (exception > 0)
      return Promise.resolve({ ok: false, kind: 'exception', exception, text: `exception ${exception}` })
    return Promise.resolve({ ok: true, data: Uint8Array.from(addresses.flatMap(at => [at >> 8, at & 0xff])) })
  }
  return { ask, asked }
}

test('every register that the unit gives is read, whatever others it refuses', async () => {
  const addresses = fc.uniqueArray(fc.integer({ min: 90, max: 330 }), { maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(addresses, fc.integer({ min: 1, max: 125 }), async (held, most) => {
      const has = new Set(held)
      const { ask, asked } = unit(has, most)
      const { image } = await readRegisters(ask, 3, [100, 320])
      const wanted = held.filter(address => address >= 100 && address < 320).toSorted((a, b) => a - b)
      expect([...image]).toEqual(wanted.map(address => [address, address]))
      expect(Math.max(...asked.map(({ count }) => count))).toBeLessThanOrEqual(125)
      expect(asked.length).toBeLessThan(2 * 220)
    }),
    { numRuns: 50 },
  )
})

test('a unit that is silent, or refuses for another reason, is not asked on and on', async () => {
  const failures: ModbusResult[] = [
    { ok: false, kind: 'timeout', text: 'no answer' },
    { ok: false, kind: 'exception', exception: 4, text: 'failure' },
  ]
  for (const failure of failures) {
    let count = 0
    const read = await readRegisters(() => (count++, Promise.resolve(failure)), 4, [0, 40])
    expect(read).toEqual({ image: new Map(), text: failure.ok ? '' : failure.text })
    expect(count).toBe(1)
  }
})
