import { expect, test } from 'vitest'
import { readChronyc, readTimedatectl } from './time-service.ts'

test.each([
  ['NTP=yes\nNTPSynchronized=yes\n', 'synchronised'],
  ['NTP=no\nNTPSynchronized=yes\n', 'synchronised'],
  ['NTP=yes\nNTPSynchronized=no\n', 'searching'],
  ['NTP=no\nNTPSynchronized=no\n', 'absent'],
])('timedatectl says %j', (text, state) => {
  expect(readTimedatectl(text)).toBe(state)
})

const fields = 'C0A80001,192.168.0.1,3,1763700000.1,0.0001,-0.0002,0.0003,-12.3,0.001,0.02,0.01,0.002,64.2'

test('chronyc says it in its last field', () => {
  expect(readChronyc(`${fields},Normal\n`)).toBe('synchronised')
  expect(readChronyc(`${fields},Insert second\n`)).toBe('synchronised')
  expect(readChronyc(`${fields},Not synchronised\n`)).toBe('searching')
  expect(readChronyc('506 Cannot talk to daemon\n')).toBe('searching')
})
