import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packRow, unpackRow } from './stored-row.ts'

const part = fc
  .record({ seq: fc.integer({ min: 1, max: 1e9 }), places: fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 9 }) })
  .map(({ seq, places }) => {
    const idx = places.toSorted((a, b) => a - b)
    const lines = idx.map(place => JSON.stringify({ k: 'sample', text: `µ ${seq} ${place}` }))
    return { seq, idx, lines, count: lines.length, text: Buffer.from(lines.join('\n')) }
  })

test('a row gives back each entry with the seq and the place that it had in its batch', () => {
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), parts => {
      const row = packRow(parts)
      const whole = parts.flatMap(({ seq, idx, lines }) => lines.map((line, i) => ({ seq, idx: idx[i], line })))
      expect(unpackRow(row)).toEqual(whole)
      expect(row).toMatchObject({ seq: parts[0]?.seq, count: whole.length })
    }),
  )
})
