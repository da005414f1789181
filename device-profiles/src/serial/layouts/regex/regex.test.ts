import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ambiguityOf } from './ambiguity.ts'
import { hasByte } from './byte-set.ts'
import { parseRegex, type Regex } from './parse-regex.ts'
import { regexLayout } from './regex.ts'

/** What is wrong with a pattern; empty: nothing. */
function problemOf(pattern: string): string {
  const parsed = parseRegex(pattern)
  return parsed.ok ? (ambiguityOf(parsed.regex) ?? '') : parsed.problem
}

const reading = (pattern: string) => regexLayout({ kind: 'regex', pattern })

test.each([
  ['^(?<t>[-+.0-9]+) *C$', '23.4 C', ['23.4']],
  ['(?<t>[-+.0-9]+) *C', '23.4 C', ['23.4']],
  ['TEMP=(?<t>[^;]*);HUM=(?<h>[^;]*)', 'TEMP=;HUM=45', ['', '45']],
  ['#(?<id>\\d{2})(?:,(?<v>\\d+))?', '#07', ['07', undefined]],
  ['#(?<id>\\d{2})(?:,(?<v>\\d+))?', '#07,12', ['07', '12']],
  ['(?:IN|OUT) (?<v>\\w+)', 'OUT on', ['on']],
  ['\\x02(?<v>[^\\x03]*)\\x03', '\u0002 7 \u0003', ['7']],
  ['(?<v>[\\]\\-^a]+)\\$', ']-^a$', [']-^a']],
])('%s reads "%s"', (pattern, text, fields) => {
  expect(problemOf(pattern)).toBe('')
  expect(reading(pattern).read(text)).toStrictEqual(fields)
})

test.each([
  ['(?<t>[-+.0-9]+) C', 'x 23.4 C'],
  ['(?<t>[-+.0-9]+) C', '23.4 C x'],
  ['(?<t>[-+.0-9]+) C', '23.4 F'],
  ['#(?<id>\\d{2})', '#7'],
])('%s is about the whole frame, and does not fit "%s"', (pattern, text) => {
  expect(reading(pattern).read(text)).toBe('other')
})

test.each([
  ['(?<a>a+)+', 'repeats a group; write its parts'],
  ['(?:a*)*', 'repeats a group'],
  ['(a)', 'a group that nobody reads; write (?:…)'],
  ['(?=a)', 'looks around; write what stands there itself'],
  ['(?<!a)b', 'looks around'],
  ['(?<a>.)\\1', 'refers back to a group; write what it stands for'],
  ['(?<a>.)\\k<a>', 'refers back to a group'],
  ['a+?', 'is more than one quantifier; write a'.replace(' a', ' +')],
  ['\\bx', '\\b is not known here; write a class such as [0-9]'],
  ['\\p{L}', '\\p is not known here'],
  ['(?<A>x)', '(?< begins no field; write (?<name>…)'],
  ['(?i:x)', '(?i is not known here'],
  ['(?<a>x)(?<a>y)', 'the field a is there twice'],
  ['(?<a>x(?<b>y))', 'the field b is inside another'],
  ['a^b', '^ stands inside'],
  ['[z-a]', 'is no range; write the lower character first'],
  ['[]', 'the class is empty'],
  ['[a', 'a [ has no ]; write \\['],
  ['(?:a', 'a ( has no ); write \\('],
  ['a)', 'a ) is too many; write \\)'],
  ['*a', '* has nothing to repeat; write \\*'],
  ['a{3,1}', 'counts backwards'],
  // More than one way to read the same frame.
  [
    '(?<t>.*) C',
    '.* may take the " " that comes behind it as well; write a class without it, such as [-+.0-9]+ or [^ ]*',
  ],
  ['.*a.*b', 'may take'],
  ['\\d*\\d', '\\d* may take the "0"'],
  ['(?<v>[-+.0-9]+) *(?<u>\\w*)', 'may take'],
  ['(?:a)?a', '(?:a)? may take the "a"'],
  ['(?:a*)?b', '(?:a*)? may be empty by itself; leave the ? out'],
  ['(?:ab|ac)', 'two choices begin with "a"; write what they have in common in front of the choice'],
  ['(?:a|)b(?:|c)d*', ''],
  ['(?:|)', 'two choices begin with nothing'],
])('the pattern %s is told: %s', (pattern, told) => {
  if (told === '') expect(problemOf(pattern)).toBe('')
  else expect(problemOf(pattern)).toContain(told)
})

const literal = fc.constantFrom('a', 'b', '0', '7', ' ', ',', '\\.', '\\d', '\\w', '[^,]', '[a-c]', '[0-9.]', '.')
const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{2,}')
const pattern = fc.letrec<{ atom: string; part: string; whole: string }>(tie => ({
  atom: fc.tuple(literal, quantifier).map(([text, times]) => text + times),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('atom'),
    tie('whole').map(text => `(?:${text})`),
    tie('whole').map(text => `(?:${text})?`),
    fc.tuple(tie('whole'), tie('whole')).map(([a, b]) => `(?:${a}|${b})`),
  ),
  whole: fc.array(tie('part'), { minLength: 1, maxLength: 4 }).map(parts => parts.join('')),
})).whole
const frame = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '0', '7', ' ', ',', '.'), maxLength: 40 })

/** Steps that a matcher takes which tries every choice in turn and goes back; undefined: more than `most`. */
function stepsOf(regex: Regex, text: string, most: number): number | undefined {
  let steps = 0
  const run = (part: Regex, at: number, then: (at: number) => boolean): boolean => {
    if (++steps > most) throw new RangeError('too many steps')
    switch (part.kind) {
      case 'bytes': {
        const from = (count: number, place: number): boolean => {
          if (++steps > most) throw new RangeError('too many steps')
          const fits = count < part.max && place < text.length && hasByte(part.set, text.charCodeAt(place))
          if (fits && from(count + 1, place + 1)) return true
          return count >= part.min && then(place)
        }
        return from(0, at)
      }
      case 'sequence': {
        const from = (index: number, place: number): boolean => {
          const item = part.items[index]
          return item === undefined ? then(place) : run(item, place, next => from(index + 1, next))
        }
        return from(0, at)
      }
      case 'choice':
        return part.options.some(option => run(option, at, then))
      case 'optional':
        return run(part.item, at, then) || then(at)
      default:
        return run(part.item, at, then)
    }
  }
  try {
    run(regex, 0, at => at === text.length)
    return steps
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

test('whatever pattern is let through, going back never costs more than the length of the frame allows', () => {
  let passed = 0
  fc.assert(
    fc.property(pattern, frame, (text, line) => {
      const parsed = parseRegex(text)
      if (!parsed.ok || ambiguityOf(parsed.regex) !== undefined) return
      passed++
      expect(stepsOf(parsed.regex, line, (line.length + 1) * (text.length + 1) * 4)).toBeDefined()
    }),
    { numRuns: 3000 },
  )
  expect(passed).toBeGreaterThan(100)
})

test('the measure itself notices what must not be let through', () => {
  const bad = parseRegex('[a-c]*[a-c]*[a-c]*[a-c]*,')
  if (!bad.ok) throw new Error(bad.problem)
  expect(stepsOf(bad.regex, 'a'.repeat(40), 41 * 26 * 4)).toBe(undefined)
})

test('a class holds the same characters as in a regular expression of JavaScript', () => {
  const member = fc.constantFrom(
    'a',
    'z',
    '0-9',
    'a-f',
    '\\d',
    '\\s',
    '\\W',
    '.',
    '*',
    '\\]',
    '\\\\',
    '\\x41',
    '\\t',
    '_',
    '^',
    '$',
  )
  fc.assert(
    fc.property(fc.array(member, { minLength: 1, maxLength: 5 }), fc.boolean(), (members, inverted) => {
      const text = `[${inverted ? '^' : '\\-'}${members.join('')}]`
      const parsed = parseRegex(text)
      if (!parsed.ok) throw new Error(parsed.problem)
      const atom = parsed.regex.kind === 'sequence' ? parsed.regex.items[0] : undefined
      const real = new RegExp(`^${text}$`, 's')
      for (let byte = 0; byte < 256; byte++) {
        const found = atom?.kind === 'bytes' && hasByte(atom.set, byte)
        expect(found).toBe(real.test(String.fromCharCode(byte)))
      }
    }),
    { numRuns: 100 },
  )
})

test('what was written is read again', () => {
  const layout = reading('[A-C] T=(?<t>[-+.0-9]*)(?: (?<unit>[CF]))?;(?:ON|OFF)\\d{2}')
  fc.assert(
    fc.property(fc.stringMatching(/^[-+.0-9]{0,8}$/), fc.constantFrom('C', 'F'), (t, unit) => {
      const line = layout.write(new Map(Object.entries({ t, unit })))
      expect(layout.read(line ?? '')).toStrictEqual([t, unit])
    }),
  )
  expect(layout.write(new Map([['t', '7']]))).toBe('A T=7;ON00')
  expect(layout.write(new Map([['t', '7x']]))).toBe(undefined)
})
