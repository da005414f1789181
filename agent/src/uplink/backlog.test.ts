import { FakeClock } from '@lineside/contract/testing'
import { decodeRequest, encodeReceipt } from '@lineside/contract'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openBuffer } from '../buffer/buffer.ts'
import type { Uplink } from './api.ts'
import { createUplink } from './uplink.ts'

const noise = () => Array.from({ length: 100 }, () => randomUUID()).join('')
const sample = (t: number, text: string) => ({ k: 'sample' as const, device: 'd', t, values: { text } })

function idle(uplink: Uplink): Promise<void> {
  return new Promise(resolve => {
    const stop = uplink.onChange(({ state }) => {
      if (state !== 'idle') return
      stop()
      resolve()
    })
  })
}

test('what an outage left behind keeps to its rate, the newest data does not wait for it', async () => {
  const path = mkdtempSync(join(tmpdir(), 'backlog-'))
  const clock = new FakeClock()
  const log = pino({ level: 'silent' })
  const settings = { path, gateway: 'g', maxSizeBytes: 64e6, commitEveryMs: 60_000, clock, log, newId: randomUUID }
  {
    await using before = await openBuffer(settings)
    for (let t = 1; t <= 250; t++) {
      before.append('data', sample(t, noise()))
      await before.commit()
    }
  }
  await using buffer = await openBuffer(settings)
  const times: number[] = []
  const sets = new Map<string, [number, number][]>()
  await using uplink = createUplink({
    gateway: 'g',
    buffer,
    clock,
    random: () => 0,
    log,
    backlogRate: 20_000,
    post(body) {
      const request = decodeRequest(gunzipSync(body))
      if (!request.ok) throw new Error(request.message)
      for (const { stream, seq, entries } of request.batches) {
        sets.set(stream, [[1, seq]])
        for (const entry of entries) times.push(Number(entry.k === 'sample' ? entry['t'] : 0))
      }
      const streams = request.envelope.streams.map(({ stream }) => ({ stream, acked: sets.get(stream) ?? [] }))
      const receipt = encodeReceipt({ streams })
      return Promise.resolve({ kind: 'response', status: 200, contentType: 'application/json', body: receipt })
    },
  })
  let reached = idle(uplink)
  uplink.start()
  await reached
  const first = times.length
  expect(first).toBeGreaterThan(10)
  expect(first).toBeLessThan(150)
  reached = idle(uplink)
  buffer.append('data', sample(1000, 'newest'))
  await buffer.commit()
  await reached
  expect(times.slice(first)).toEqual([1000])
  const began = clock.monotonic()
  while (times.length < 251) {
    // oxlint-disable-next-line no-await-in-loop -- the buffer's thread answers in real time
    await clock.advance(100)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await setImmediate()
  }
  expect(clock.monotonic() - began).toBeGreaterThan(10_000)
  expect(times.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 250 }, (_, t) => t + 1), 1000])
  rmSync(path, { recursive: true })
})
