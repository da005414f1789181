// Run by a test as a process of its own, on a disk that fails on demand: `tick` lets a sample and an alarm come in and a
// second pass, `recover` lets time pass until the disk takes what waits, `count` says what requests carry. Each is answered
// with how the buffer is.
import { decodeRequest } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import type { BufferNotice } from './api.ts'
import { openBuffer } from './buffer.ts'

const clock = new FakeClock()
const notices: BufferNotice['kind'][] = []
const buffer = await openBuffer({
  path: process.argv[2] ?? '',
  gateway: 'plant1-gw3',
  maxSizeBytes: 64e6,
  commitEveryMs: 1000,
  minFreeBytes: Number(process.argv[3] ?? 0),
  maxPendingBytes: 16 * 1024,
  clock,
  log: pino({ level: 'silent' }),
  newId: randomUUID,
})
buffer.onNotice(({ kind }) => notices.push(kind))
let t = 0

async function tick(): Promise<void> {
  t++
  buffer.append('data', { k: 'sample', device: 'press_3', t, values: { temp: t } })
  const alarm = { k: 'alarm', t, device: 'press_3', alarm: 'hot', id: randomUUID(), event: 'raised', text: 'why' }
  buffer.append('alarms', { ...alarm, state: 'unacknowledged', priority: 'high' })
  await clock.advance(31_000)
  await buffer.commit().catch(() => undefined)
}

async function count(): Promise<Readonly<Record<string, number>>> {
  const kinds: Record<string, number> = {}
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- until nothing is left
    const take = await buffer.next({ maxBytes: 4e6 })
    if (!take) return kinds
    const request = decodeRequest(gunzipSync(take.body))
    for (const { k } of request.ok ? request.batches.flatMap(batch => batch.entries) : [])
      kinds[k] = (kinds[k] ?? 0) + 1
  }
}

/** The thread starts in real time. */
async function recover(): Promise<void> {
  while (buffer.stats().state === 'failing') {
    // oxlint-disable-next-line no-await-in-loop -- until it is there
    await clock.advance(1000)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await setImmediate()
  }
}

type Order = 'tick' | 'recover' | 'count' | 'close'

async function obey(order: Order): Promise<void> {
  if (order === 'tick') await tick()
  if (order === 'recover') await recover()
  if (order === 'close') await buffer.close()
  const { state, reason, pending, dropped } = buffer.stats()
  const counts = order === 'count' ? await count() : {}
  process.send?.({ state, reason, pending: pending.entries, dropped: dropped.entries, notices, counts })
  if (order === 'close') process.disconnect()
}

process.on('message', (order: Order) => void obey(order))
process.send?.('ready')
