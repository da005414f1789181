import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { limits } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { sampleOf, uuid } from '../log/testing.ts'
import { createAdmission } from './admission.ts'
import { smallBody } from './inflate-small.ts'
import { readBody } from './read-body.ts'
import { isRefused } from './refused.ts'
import { bodyOf, envelopeOf } from './testing.ts'

const gateway = 'gw'

/** What comes of a body that is read in one step, where it is small and says so, or as a stream. */
async function read(body: Buffer, isAnnounced: boolean) {
  const used: number[] = []
  const limit = { memory: 1e9, gatewayRate: 1e9, memoryUsed: (bytes: number) => void used.push(bytes) }
  const place = createAdmission(limit).enter(gateway, 0, 0)
  if (isRefused(place)) throw new Error(place.message)
  const chunks = [body.subarray(0, 7), body.subarray(7)].filter(chunk => chunk.length > 0)
  const announced = isAnnounced ? body.length : undefined
  const options = { clock: new FakeClock(), place, timeoutMs: 1000, announced }
  const outcome = await readBody(Readable.from(chunks, { objectMode: false }), options)
  if (isRefused(outcome)) return { status: outcome.status, code: outcome.code }
  const batches = outcome.batches.map(({ text, ...batch }) => ({ ...batch, text: Buffer.from(text).toString() }))
  return { ...outcome, batches, used: used.at(-1) }
}

const whole = bodyOf(
  gateway,
  [1, 2, 3].map(seq => ({
    stream: uuid(1),
    seq,
    entries: [sampleOf('press', seq, { text: 'µ–😀'.repeat(seq * 30) })],
  })),
)

test('a small body and the same as a stream give the same, whatever became of it on the way', async () => {
  const damage = fc.record({
    at: fc.nat(whole.length - 1),
    how: fc.constantFrom('none', 'cut', 'flip', 'zero', 'twice'),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, how }) => {
      const [head, tail] = [whole.subarray(0, at), whole.subarray(at)]
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ 0x11
      const bodies = { none: whole, cut: head, flip: flipped, zero: Buffer.concat([head, Buffer.of(0), tail]) }
      const body = how === 'twice' ? Buffer.concat([whole, whole]) : bodies[how]
      expect(await read(body, true)).toEqual(await read(body, false))
    }),
  )
  expect(await read(whole, true)).toMatchObject({ ok: true, batches: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] })
})

test('a small body that becomes large is read all the same, and a bomb is refused', async () => {
  const idle = Array.from({ length: 3 }, (_, i) => ({
    stream: uuid(1),
    seq: i + 1,
    entries: Array.from({ length: 9000 }, (_line, line) => sampleOf('press', Math.floor(line / 4), { a: 1, b: 2 })),
  }))
  const small = bodyOf(gateway, idle)
  expect(small.length).toBeLessThan(smallBody)
  expect(await read(small, true)).toMatchObject({ ok: true, batches: [{ seq: 1 }, { seq: 2 }, { seq: 3 }] })
  const bomb = Buffer.concat([
    envelopeOf(gateway, 1),
    gzipSync(Buffer.alloc(limits.requestTextBytes, 0x20), { level: 9 }),
  ])
  expect(bomb.length).toBeLessThan(smallBody)
  expect(await read(bomb, true)).toMatchObject({ status: 413 })
})
