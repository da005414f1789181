import { expect, test } from 'vitest'
import { proveBreaks } from './breaks.ts'

test('connections that break in every way come back and leave no timers behind', async () => {
  const { violations, figures } = await proveBreaks({ cuts: 200, say: () => {} })
  // Sockets of the other tests of this process come and go.
  expect(violations.filter(text => !/sockets|heap/.test(text))).toEqual([])
  expect(figures['breaks']).toBe(200)
})
