import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineBlocks, lineSize, linesOf, textOf } from './line-block.ts'

const line = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 900 })).map(withoutFeeds)

/** Also without halves of surrogate pairs, which no text of UTF-8 can hold. */
function withoutFeeds(text: string): string {
  return text.replaceAll('\n', '').toWellFormed()
}

test('what was added comes out, each line once and in order, also from a block that was used before', () => {
  fc.assert(
    fc.property(fc.array(fc.array(line, { maxLength: 12 }), { maxLength: 4 }), blocks => {
      const pool = new LineBlocks(64 * 1024)
      for (const lines of blocks) {
        const block = pool.next()
        expect([block.size, block.count]).toEqual([0, 0])
        for (const text of lines) block.add(text, lineSize(text))
        expect(block.count).toBe(lines.length)
        expect(linesOf(block.text)).toEqual(lines)
        expect(Buffer.from(block.text)).toEqual(Buffer.from(textOf(lines)))
        pool.giveBack(block.text)
      }
    }),
    { numRuns: 100 },
  )
})

test('memory is used again, and never while somebody still reads it', () => {
  const pool = new LineBlocks(4096)
  const [first, second] = [pool.next(), pool.next()]
  expect(first.text.buffer).not.toBe(second.text.buffer)
  pool.giveBack(first.text)
  expect(pool.next().text.buffer).toBe(first.text.buffer)
  expect(pool.next().text.buffer).not.toBe(first.text.buffer)
})
