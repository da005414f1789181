import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { AckWindow, encodePubacks, type Waiting } from './ack-window.ts'

test('whatever order messages are stored in, they are acknowledged in the order in which they came, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(99), { maxLength: 60 }), fc.nat(4), (picks, ahead) => {
      const window = new AckWindow()
      const open: Waiting[] = []
      const acked: number[] = []
      let next = 1
      const arrive = () => void open.push(window.add(next++))
      const store = (pick: number) => {
        const [message] = open.splice(pick % open.length, 1)
        if (message) acked.push(...window.stored(message))
      }
      for (const pick of picks) {
        for (let i = 0; i <= ahead; i++) arrive()
        store(pick)
      }
      while (open.length > 0) store(0)
      expect(acked).toEqual(Array.from({ length: next - 1 }, (_, i) => i + 1))
      expect(window.size).toBe(0)
    }),
    { numRuns: 100 },
  )
})

test('PUBACKs are four bytes each', () => {
  expect(encodePubacks([1, 0xfffe]).toString('hex')).toBe('400200014002fffe')
})
