import { FakeClock } from '@lineside/contract/testing'
import { addSeq, decodeRequest, encodeReceipt, limits } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openBuffer } from '../buffer/buffer.ts'
import { createUplink } from './uplink.ts'

const log = pino({ level: 'silent' })
const points = Array.from({ length: 14 }, (_, i) => `p${i}`)
const big = (t: number) => {
  const values = Object.fromEntries(points.map(point => [point, randomBytes(8000).toString('base64')]))
  return { k: 'sample' as const, device: 'd', t, values }
}
const alarm = (t: number) => ({
  k: 'alarm' as const,
  t,
  device: 'd',
  alarm: 'hot',
  id: randomUUID(),
  event: 'raised' as const,
  state: 'unacknowledged' as const,
  priority: 'high' as const,
  text: 'too hot',
})

test('after an outage: alarms, then the newest, then the backlog, one request at a time, none larger than the limit', async () => {
  const path = mkdtempSync(join(tmpdir(), 'outage-'))
  const clock = new FakeClock()
  const settings = { path, gateway: 'g', maxSizeBytes: 256e6, commitEveryMs: 60_000, clock, log, newId: randomUUID }
  {
    await using buffer = await openBuffer(settings)
    const count = 150
    for (let t = 1; t <= count; t++) {
      buffer.append('data', big(t))
      if (t === 50) buffer.append('alarms', alarm(t))
      // oxlint-disable-next-line no-await-in-loop -- a batch each
      await buffer.commit()
    }
    const { bytes } = buffer.stats().waiting
    expect(bytes).toBeGreaterThan(3 * limits.requestBytes)
    const sent: { kind: string; t: number }[] = []
    const received = new Map<string, IntervalSet>()
    let underWay = 0
    let most = 0
    const uplink = createUplink({
      gateway: 'g',
      buffer,
      clock,
      log,
      random: () => 0.5,
      post(body) {
        underWay++
        most = Math.max(most, underWay)
        expect(body.length).toBeLessThanOrEqual(limits.requestBytes)
        const request = decodeRequest(gunzipSync(body))
        if (!request.ok) throw new Error(request.message)
        for (const { stream, seq, entries } of request.batches) {
          received.set(stream, addSeq(received.get(stream) ?? [], seq))
          for (const entry of entries) if ('t' in entry) sent.push({ kind: entry.k, t: Number(entry.t) })
        }
        const streams = request.envelope.streams.map(({ stream }) => ({ stream, acked: received.get(stream) ?? [] }))
        underWay--
        return Promise.resolve({
          kind: 'response',
          status: 200,
          contentType: '',
          body: encodeReceipt({ streams }),
        })
      },
    })
    const done = new Promise<void>(resolve => {
      uplink.onChange(({ state }) => state === 'idle' && resolve())
    })
    uplink.start()
    await done
    await uplink.stop(0)
    expect(most).toBe(1)
    const firstSample = sent.findIndex(({ kind }) => kind === 'sample')
    expect(sent.slice(0, firstSample).map(({ kind }) => kind)).toEqual(['alarm'])
    const times = sent.filter(({ kind }) => kind === 'sample').map(({ t }) => t)
    const newest = times.indexOf(count)
    // The live run ascends to the newest, then the backlog ascends from the oldest.
    expect(times[newest + 1]).toBe(1)
    expect(newest).toBeLessThan(count / 4)
    expect(times.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i + 1))
  }
  rmSync(path, { recursive: true })
}, 60_000)
