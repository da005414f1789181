import { type ByteSet, noByte, someByte } from './byte-set.ts'
import type { Regex } from './parse-regex.ts'

/** What may come next: one of these bytes, or the end of the part. */
interface Next {
  readonly set: ByteSet
  readonly end: boolean
}

/**
 * Why a pattern could read a frame in more than one way; undefined where the next byte always says which part of it
 * goes on. Such a pattern takes each byte once: when it fails, every earlier choice fails at its first byte as well, so
 * that the time grows with the length of the frame, whatever is in it.
 */
export function ambiguityOf(regex: Regex): string | undefined {
  return check(regex, { set: noByte, end: true })
}

function check(regex: Regex, next: Next): string | undefined {
  switch (regex.kind) {
    case 'bytes': {
      const { set, min, max, text } = regex
      const both = set & next.set
      return min === max || both === noByte ? undefined : takesToo(text, both)
    }
    case 'field':
      return check(regex.item, next)
    case 'optional': {
      const own = firstOf(regex.item)
      const both = own.set & next.set
      if (own.end) return `${regex.text} may be empty by itself; leave the ? out, or what makes it empty`
      return both === noByte ? check(regex.item, next) : takesToo(regex.text, both)
    }
    case 'choice':
      return checkChoice(regex.options, next)
    case 'sequence':
      return checkSequence(regex.items, next)
    default:
      return regex satisfies never
  }
}

function checkSequence(items: readonly Regex[], next: Next): string | undefined {
  let after = next
  for (const item of items.toReversed()) {
    const problem = check(item, after)
    if (problem !== undefined) return problem
    after = join(firstOf(item), after)
  }
  return undefined
}

function checkChoice(options: readonly Regex[], next: Next): string | undefined {
  let before: ByteSet = noByte
  let empty = 0
  for (const option of options) {
    const own = firstOf(option)
    if (own.end) empty++
    const { set } = join(own, next)
    const both = set & before
    if (both !== noByte || empty > 1) {
      return `two choices begin with ${shown(both)}; write what they have in common in front of the choice`
    }
    before |= set
    const problem = check(option, next)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What a part begins with; `end`: it may be empty. */
function firstOf(regex: Regex): Next {
  switch (regex.kind) {
    case 'bytes':
      return { set: regex.max === 0 ? noByte : regex.set, end: regex.min === 0 }
    case 'field':
      return firstOf(regex.item)
    case 'optional':
      return { set: firstOf(regex.item).set, end: true }
    case 'choice': {
      const all = regex.options.map(firstOf)
      return { set: all.reduce((set, one) => set | one.set, noByte), end: all.some(one => one.end) }
    }
    case 'sequence':
      return regex.items
        .toReversed()
        .reduce((after: Next, item) => join(firstOf(item), after), { set: noByte, end: true })
    default:
      return regex satisfies never
  }
}

function join(first: Next, then: Next): Next {
  return first.end ? { set: first.set | then.set, end: then.end } : first
}

function takesToo(text: string, both: ByteSet): string {
  return `${text} may take the ${shown(both)} that comes behind it as well; write a class without it, such as [-+.0-9]+ or [^${bare(both)}]*`
}

function shown(set: ByteSet): string {
  const c = someByte(set)
  return c === undefined ? 'nothing' : JSON.stringify(c)
}

function bare(set: ByteSet): string {
  const c = someByte(set) ?? ''
  return /[\]\\^-]/.test(c) ? `\\${c}` : c
}
