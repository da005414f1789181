// Run by a test as a process of its own: commits one sample after the other and says so, until it is killed.
import { systemClock } from '@lineside/contract'
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { openBuffer } from './buffer.ts'

const buffer = await openBuffer({
  path: process.argv[2] ?? '',
  gateway: 'plant1-gw3',
  maxSizeBytes: 64e6,
  commitEveryMs: 1,
  clock: systemClock,
  log: pino({ level: 'silent' }),
  newId: randomUUID,
})
for (let t = 1; ; t++) {
  buffer.append('data', { k: 'sample', device: 'press_3', t, values: { temp: t } }, () => process.send?.(t))
  // oxlint-disable-next-line no-await-in-loop -- one commit after the other
  await buffer.commit()
}
