import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesOf, textOf } from './bytes.ts'
import { createFramer } from './create-framer.ts'
import type { Frame } from './frame.ts'
import type { FixedFraming, Framing, LineFraming, MarkedFraming } from './profile.ts'

const lines: LineFraming = { kind: 'lines', terminator: '\r\n', maxLength: 6, first: 'keep' }
const anyLines: LineFraming = { ...lines, terminator: 'any' }
const fixed: FixedFraming = { kind: 'fixed', length: 6, start: '<', end: '\r\n' }
const marked: MarkedFraming = { kind: 'marked', start: '<', end: '>', tail: '', keepMarks: false, maxLength: 6 }
const telegram: MarkedFraming = { ...marked, start: '/', end: '!', tail: '\r\n', keepMarks: true, maxLength: 12 }

function texts(frames: readonly Frame[]): string[] {
  return frames.map(frame => (frame.kind === 'frame' ? textOf(frame.bytes) : frame.reason))
}

function cut(framing: Framing, ...chunks: string[]): string[] {
  const framer = createFramer(framing)
  return texts(chunks.flatMap(chunk => framer.push(bytesOf(chunk))))
}

const kinds: Record<string, Framing> = {
  lines,
  'lines with any terminator': anyLines,
  'lines whose first is discarded': { ...lines, first: 'discard' },
  'lines with a terminator that repeats itself': { ...lines, terminator: '\n\n\r' },
  'fixed length': fixed,
  'start and end marks': marked,
  'marks with a tail': telegram,
  'two-byte marks': { ...marked, start: '<<', end: '>>', maxLength: 9 },
}

for (const [name, framing] of Object.entries(kinds)) {
  test(`${name}: any split of the bytes gives the same frames, and none is longer than its limit`, () => {
    const stream = fc.string({ unit: fc.constantFrom('a', 'b', '<', '>', '/', '!', '\r', '\n'), maxLength: 80 })
    fc.assert(
      fc.property(stream, fc.array(fc.nat(80), { maxLength: 12 }), (text, cuts) => {
        const at = [0, ...cuts.map(c => Math.min(c, text.length)).toSorted((a, b) => a - b), text.length]
        const whole = cut(framing, text)
        expect(cut(framing, ...at.slice(1).map((end, i) => text.slice(at[i], end)))).toStrictEqual(whole)
        const most = framing.kind === 'fixed' ? framing.length : framing.maxLength
        for (const frame of createFramer(framing).push(bytesOf(text))) {
          if (frame.kind === 'frame') expect(frame.bytes.length).toBeLessThanOrEqual(most)
        }
      }),
      { numRuns: 200 },
    )
  })
}

test('lines lose their terminator, and empty ones are skipped', () => {
  expect(cut(lines, 'one\r', '\n\r\ntw', 'o\r\n')).toStrictEqual(['one', 'two'])
})

test('a lone CR or LF is part of a line that ends with both', () => {
  expect(cut(lines, 'a\rb\nc\r\n')).toStrictEqual(['a\rb\nc'])
})

test('any terminator takes CR, LF and both', () => {
  expect(cut(anyLines, 'a\rb\nc\r\nd\n\r')).toStrictEqual(['a', 'b', 'c', 'd'])
})

test('a line of exactly the longest length passes, one byte more is lost once, and the next line is whole', () => {
  expect(cut(lines, '123456\r\n')).toStrictEqual(['123456'])
  expect(cut(lines, '1234567\r\nnext\r\n')).toStrictEqual(['too_long', 'next'])
  expect(cut(anyLines, `${'x'.repeat(1000)}\nnext\n`)).toStrictEqual(['too_long', 'next'])
})

test('the first line is discarded where its beginning may be missing, also after a reset', () => {
  const framer = createFramer({ ...lines, first: 'discard' })
  expect(texts(framer.push(bytesOf('.4\r\n23.4\r\n23')))).toStrictEqual(['23.4'])
  framer.reset()
  expect(texts(framer.push(bytesOf('.5\r\n23.5\r\n')))).toStrictEqual(['23.5'])
})

test('a reset forgets half a frame', () => {
  for (const framing of [lines, anyLines, fixed, marked]) {
    const framer = createFramer(framing)
    framer.push(bytesOf('<ab'))
    framer.reset()
    expect(texts(framer.push(bytesOf('<xyz\r\n')))).toStrictEqual(
      framing.kind === 'marked' ? [] : framing.kind === 'fixed' ? ['xyz'] : ['<xyz'],
    )
  }
})

test('a frame of fixed length comes back into step after a lost byte, and says so once', () => {
  expect(cut(fixed, '<ab1\r\n<ab\r\n<ab2\r\n<ab3\r\n')).toStrictEqual(['ab1', 'out_of_step', 'ab2', 'ab3'])
})

test('a stream that begins in the middle of a frame is no loss', () => {
  expect(cut(fixed, 'b1\r\n<ab2\r\n')).toStrictEqual(['ab2'])
  expect(cut(marked, 'b1><ab2>')).toStrictEqual(['ab2'])
})

test('marks are not part of the frame, unless they are kept', () => {
  expect(cut(marked, 'noise<one>noise<two>')).toStrictEqual(['one', 'two'])
  expect(cut(telegram, 'x/one!B9F\r\n/two!\r\n')).toStrictEqual(['/one!B9F\r\n', '/two!\r\n'])
})

test('a frame without an end is lost at the next start or at the limit', () => {
  expect(cut(marked, '<on<two>')).toStrictEqual(['cut_short', 'two'])
  expect(cut(marked, '<1234567890><two>')).toStrictEqual(['too_long', 'two'])
})

test('marks may repeat themselves and follow each other', () => {
  const twice: MarkedFraming = { ...marked, start: '<<', end: '>>', maxLength: 9 }
  expect(cut(twice, '<<<a>>')).toStrictEqual(['<a'])
  expect(cut(twice, '<<aaaaaa<<bb>>')).toStrictEqual(['too_long', 'bb'])
  expect(cut({ ...telegram, end: '!', tail: '!' }, '/a!x!/b!!')).toStrictEqual(['/a!x!', '/b!!'])
})

test('frames keep their bytes when the buffer is used again', () => {
  const framer = createFramer(lines)
  const first = framer.push(bytesOf('first\r\n'))
  framer.push(bytesOf('other\r\n'))
  expect(texts(first)).toStrictEqual(['first'])
})

function inside(framing: Framing, text: string): boolean {
  const framer = createFramer(framing)
  framer.push(bytesOf(text))
  return framer.isInside
}

test('a framer knows whether it is inside a frame', () => {
  expect(['', 'a\r\n', 'a\r\nb', '123456789'].map(text => inside(lines, text))).toStrictEqual([
    false,
    false,
    true,
    true,
  ])
  expect(['<ab1\r\n', '<ab1\r\n<'].map(text => inside(fixed, text))).toStrictEqual([false, true])
  expect(['', 'noise', '<a', '<a>', '<a>noise'].map(text => inside(marked, text))).toStrictEqual([
    false,
    false,
    true,
    false,
    false,
  ])
  expect(inside(telegram, '/a!12')).toBe(true)
})
