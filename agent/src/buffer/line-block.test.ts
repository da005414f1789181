import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineBlock, lineSize, linesOf, textOf } from './line-block.ts'

const line = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 9000 })).map(withoutFeeds)

/** Also without halves of surrogate pairs, which no text of UTF-8 can hold. */
function withoutFeeds(text: string): string {
  return text.replaceAll('\n', '').toWellFormed()
}

test('what was added comes out, each line once and in order, block after block', () => {
  fc.assert(
    fc.property(fc.array(fc.array(line, { maxLength: 12 }), { maxLength: 4 }), blocks => {
      const block = new LineBlock()
      for (const lines of blocks) {
        for (const text of lines) block.add(text, lineSize(text))
        expect(block.count).toBe(lines.length)
        const taken = block.take()
        expect(linesOf(taken)).toEqual(lines)
        expect(Buffer.from(taken)).toEqual(Buffer.from(textOf(lines)))
        // Sent to another thread a view brings all of its memory along.
        expect(taken.buffer.byteLength).toBe(taken.length)
        expect([block.size, block.count]).toEqual([0, 0])
      }
    }),
    { numRuns: 100 },
  )
})
