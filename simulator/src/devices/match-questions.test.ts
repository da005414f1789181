import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { QuestionMatcher } from './match-questions.ts'

const short = Buffer.from('SI\r\n')
const long = Buffer.from('SIR\r\n')

test('finds the same questions however the bytes are split', () => {
  const pieces = fc.array(fc.constantFrom('SI\r\n', 'SIR\r\n', 'S', 'xyz', '\r\n'), { maxLength: 20 })
  fc.assert(
    fc.property(pieces, fc.array(fc.nat(80), { maxLength: 10 }), (texts, cuts) => {
      const bytes = Buffer.from(texts.join(''))
      const whole = new QuestionMatcher([short, long]).push(bytes)
      const split = new QuestionMatcher([short, long])
      const found: Uint8Array[] = []
      let from = 0
      for (const cut of [...cuts.filter(at => at < bytes.length).toSorted((a, b) => a - b), bytes.length]) {
        found.push(...split.push(bytes.subarray(from, cut)))
        from = cut
      }
      expect(found).toEqual(whole)
      expect(whole.length).toBe(texts.filter(text => text.startsWith('SI')).length)
    }),
    { numRuns: 200 },
  )
})
