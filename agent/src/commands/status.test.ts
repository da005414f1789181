import { expect, test } from 'vitest'
import { uplinkText } from './status.ts'

const now = 1_763_700_000_000
const minute = 60_000

test.each([
  [{ state: 'off' }, 'off'],
  [{ state: 'idle', lastReceiptAt: now - 5000 }, 'idle, last receipt 5 s ago'],
  [
    {
      state: 'waiting',
      reason: 'connect ECONNREFUSED 192.0.2.1:8443',
      failingForMs: 12 * minute,
      nextTryMs: 42_000,
      lastReceiptAt: now - 13 * minute,
    },
    'waiting, the receiver has taken nothing for 12 min: connect ECONNREFUSED 192.0.2.1:8443; next try in 42 s; last receipt 13 min ago',
  ],
  [
    { state: 'sending', reason: 'the receiver does not know the token (401)', failingForMs: 3 * minute },
    'sending, the receiver has taken nothing for 3 min: the receiver does not know the token (401)',
  ],
])('the uplink as people read it: %j', (uplink, text) => {
  expect(uplinkText(uplink, now)).toBe(text)
})
