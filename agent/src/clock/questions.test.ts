import { expect, test } from 'vitest'
import { doubt } from './questions.ts'

const now = Date.UTC(2028, 4, 12, 3, 4)
const date = { kind: 'date', dateMs: Date.UTC(2026, 4, 12, 3, 4), sentMs: 0, receivedMs: 9 } as const
const failed = { kind: 'failed', reason: 'connect ECONNREFUSED' } as const
const early = { kind: 'not_yet_valid' } as const
const ended = { kind: 'expired' } as const

test.each([
  [undefined, '', false, false],
  [{ full: date }, '', false, false],
  [{ full: failed }, '; the receiver gives no time: connect ECONNREFUSED', false, false],
  [
    { full: early },
    "; by this clock the receiver's certificate is not valid yet, and there is no cloud.ca to know it by",
    true,
    true,
  ],
  [
    { full: early, pinned: failed },
    "; by this clock the receiver's certificate is not valid yet, and cloud.ca does not help: connect ECONNREFUSED",
    true,
    false,
  ],
  [{ full: early, pinned: date }, '', false, false],
  [
    { full: ended },
    "; by this clock the receiver's certificate has ended: the clock is ahead, or the certificate was not renewed",
    false,
    true,
  ],
  [
    { full: ended, pinned: date },
    "; by this clock the receiver's certificate has ended, but the receiver says 2026-05-12 03:04 UTC: set the clock",
    true,
    true,
  ],
  [
    { full: ended, pinned: failed },
    "; by this clock the receiver's certificate has ended (connect ECONNREFUSED): the clock is ahead, or the certificate was not renewed",
    false,
    true,
  ],
] as const)('the receiver was asked: %j', (asked, said, isWrong, isFinal) => {
  const begin = "the machine's clock says 2028-05-12 03:04 UTC"
  const alone = { problem: `${begin}; there is no time service${said}`, isWrong, needsPerson: isFinal }
  expect(doubt(now, 'absent', asked)).toEqual(alone)
  // A time service that is there may find the time yet.
  const searching = `${begin}; the time service has not found the time yet${said}`
  expect(doubt(now, 'searching', asked)).toEqual({ problem: searching, isWrong, needsPerson: false })
})

test('what lies in the past is wrong, whoever is asked', () => {
  expect(doubt(0, 'absent', undefined)).toEqual({
    problem: "the machine's clock says 1970-01-01 00:00 UTC, which is past; there is no time service",
    isWrong: true,
    needsPerson: false,
  })
})
