import { FakeClock } from '@lineside/contract/testing'
import { decodeRequest, encodeReceipt } from '@lineside/contract'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openBuffer } from '../buffer/buffer.ts'
import type { UplinkStatus } from './api.ts'
import { Purse } from './purse.ts'
import { createUplink } from './uplink.ts'

const log = pino({ level: 'silent' })
const noise = () =>
  Array.from({ length: 3000 }, () => randomUUID())
    .join('')
    .slice(0, 16_000)
const alarm = {
  k: 'alarm',
  t: 1,
  device: 'd',
  alarm: 'hot',
  id: randomUUID(),
  event: 'raised',
  state: 'unacknowledged',
  priority: 'high',
  text: 'too hot',
} as const

test('where the budget of the month is used up so far, data waits and alarms go', async () => {
  const path = mkdtempSync(join(tmpdir(), 'purse-'))
  const clock = new FakeClock(Date.UTC(2026, 10, 1))
  const settings = { path, gateway: 'g', maxSizeBytes: 64e6, commitEveryMs: 60_000, clock, log, newId: randomUUID }
  {
    await using buffer = await openBuffer(settings)
    const purse = new Purse({
      budgetBytes: 30e6,
      timezone: 'UTC',
      clock,
      isCertain: () => true,
      save() {},
    })
    const kinds: string[] = []
    const received = new Map<string, number>()
    const uplink = createUplink({
      gateway: 'g',
      buffer,
      post(body) {
        const request = decodeRequest(gunzipSync(body))
        if (!request.ok) throw new Error(request.message)
        kinds.push(...request.batches.flatMap(({ entries }) => entries.map(({ k }) => k)))
        for (const { stream, seq } of request.batches) received.set(stream, seq)
        const streams = request.envelope.streams.map(({ stream }) => {
          const last = received.get(stream)
          return { stream, acked: last === undefined ? [] : [[1, last] as const] }
        })
        const text = encodeReceipt({ streams })
        return Promise.resolve({ kind: 'response', status: 200, contentType: '', body: text, carriedBytes: 14_000 })
      },
      clock,
      random: () => 0.5,
      log,
      purse,
    })
    const until = (reached: (status: UplinkStatus) => boolean) =>
      new Promise<void>(resolve => {
        const stop = uplink.onChange(status => {
          if (!reached(status)) return
          stop()
          resolve()
        })
      })
    // A day's share is 1 MB.
    purse.spend(1_100_000)
    const idle = until(({ state }) => state === 'idle')
    uplink.start()
    await idle
    buffer.append('data', { k: 'sample', device: 'd', t: 1, values: { text: noise() } })
    buffer.append('alarms', alarm)
    const told = until(({ ackedBatches, state }) => ackedBatches === 1 && state === 'idle')
    await buffer.commit()
    await told
    expect(kinds).toEqual(['alarm'])
    expect(uplink.status().budget?.waitMs).toBeGreaterThan(3_600_000)
    const sent = until(({ ackedBatches, state }) => ackedBatches === 2 && state === 'idle')
    await clock.advance(uplink.status().budget?.waitMs ?? 0)
    await sent
    expect(kinds).toEqual(['alarm', 'sample'])
    const { wireBytes, requests, budget } = uplink.status()
    expect(wireBytes).toBe(requests * 14_800)
    expect(budget?.spentBytes).toBe(1_100_000 + wireBytes)
    await uplink.stop(0)
  }
  rmSync(path, { recursive: true })
})
