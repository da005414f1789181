import { zstdDecompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import { stringifyJson } from '@lineside/contract'
import { sampleOf, uuid } from '../../log/testing.ts'
import { createRange } from './range.ts'

const day = 86_400_000
const points = ['a', 'b', 'c']

/** Samples of three points, by gateway and day. */
const samples = fc.array(fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 })), { maxLength: 60 })
const bounds = fc.record({ rowGroup: fc.integer({ min: 1, max: 40 }), pending: fc.integer({ min: 1, max: 60 }) })

test('wherever row groups close, each row is once in the object of its gateway and day', async () => {
  await fc.assert(
    fc.asyncProperty(samples, bounds, async (placed, bound) => {
      const range = createRange(bound)
      for (const [i, [gateway, date]] of placed.entries()) {
        const sample = sampleOf('press', date * day + i, Object.fromEntries(points.map((point, n) => [point, i + n])))
        const name = { gateway: `gw${gateway}`, stream: uuid(1), seq: i + 1, idx: 0 }
        range.add({ ...name, offset: i, received: 1, json: stringifyJson(sample) })
      }
      expect(range.rows).toBe(placed.length * points.length)
      const found: string[] = []
      for (const { folder, rows, bytes } of range.finish()) {
        const file = Uint8Array.from(bytes).buffer
        const read = await parquetReadObjects({ file, compressors: { ZSTD: input => zstdDecompressSync(input) } })
        expect(read).toHaveLength(rows)
        for (const row of read)
          found.push(`${folder} ${row['seq']} ${row['point']} ${row['value_int'] ?? row['value_double']}`)
      }
      const expected = placed.flatMap(([gateway, date], i) =>
        points.map((point, n) => `date=1970-01-0${date + 1}/gateway=gw${gateway} ${i + 1} ${point} ${i + n}`),
      )
      expect(found.toSorted()).toEqual(expected.toSorted())
    }),
    { numRuns: 30 },
  )
})
