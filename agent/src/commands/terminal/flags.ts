import { duration } from '@lineside/settings'
import { UsageError } from '../command.ts'

/** A number of an option, decimal or 0x hexadecimal. Throws UsageError. */
export function integerFlag(flag: string, text: string, least: number, most: number): number {
  const value = /^(\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${flag} ${text}: write a whole number from ${least} to ${most}`)
}

/** A duration of an option in ms, for instance `300ms`. Throws UsageError. */
export function durationFlag(flag: string, text: string, leastMs: number, mostMs: number): number {
  const { data } = duration.safeParse(text)
  if (data !== undefined && data >= leastMs && data <= mostMs) return data
  throw new UsageError(`${flag} ${text}: write a duration from ${leastMs}ms to ${mostMs / 1000}s, for instance 300ms`)
}

/** `1-10,17` as the numbers in it, ascending, each once. Throws UsageError. */
export function rangesFlag(flag: string, text: string, least: number, most: number): number[] {
  const numbers = new Set<number>()
  for (const part of text.split(',')) {
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? []
    const [low, high] = [Number(from), Number(to)]
    if (!(low >= least && high <= most && low <= high)) {
      throw new UsageError(`${flag} ${text}: write numbers from ${least} to ${most}, for instance 1-10,17`)
    }
    for (let n = low; n <= high; n++) numbers.add(n)
  }
  return [...numbers].toSorted((a, b) => a - b)
}

/** `a,b` as words of a list, each once, in the order they were typed. Throws UsageError. */
export function wordsFlag<T extends string>(flag: string, text: string, known: readonly T[]): T[] {
  const words = text.split(',').map(part => {
    const word = known.find(each => each === part.trim())
    if (word === undefined) throw new UsageError(`${flag} ${text}: write one or more of ${known.join(',')}`)
    return word
  })
  return [...new Set(words)]
}

/** `a,b` as names, each once. Throws UsageError. */
export function namesFlag(flag: string, text: string): string[] {
  const names = text.split(',').map(part => part.trim())
  if (names.includes('')) throw new UsageError(`${flag} ${text}: write names with commas between them`)
  return [...new Set(names)]
}
