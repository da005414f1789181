import { expect, test } from 'vitest'
import { pollAdversary } from '../../prove/src/field/field.ts'
import { describeWith } from '../needs.ts'

describeWith(['socat'], 'an adversary on a pseudo-terminal', () => {
  test('passes no wrong value for a right one', async () => {
    const options = { polls: 300, seed: 2026, timeoutMs: 50, lines: 6, say: () => {} }
    const { examples, polls, right } = await pollAdversary('rtu_pty', options)
    expect(examples).toEqual([])
    expect(right).toBeGreaterThan(polls / 2)
  })
})
