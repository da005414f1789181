/** The candidate that was most likely meant, or undefined where none is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word)
  if (wanted === '' || wanted.length > 64) return undefined
  const limit = Math.max(1, Math.floor((wanted.length + 1) / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    const name = plain(candidate)
    if (Math.abs(name.length - wanted.length) > limit) continue
    const distance = editDistance(wanted, name)
    if (distance < bestDistance && distance < name.length) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `maxSize`, `max-size` and `max_size` are one word. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[_\-\s]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let distance = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) distance = Math.min(distance, (before[j - 2] ?? 0) + 1)
      row.push(distance)
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

/** `"evry"; did you mean every?` or, where nothing is near, the list of what there is. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = didYouMean(word, candidates)
  if (near !== undefined) return `did you mean ${near}?`
  if (candidates.length === 0) return 'there is none'
  const shown = candidates.slice(0, 12)
  const more = candidates.length - shown.length
  return `write ${listed(shown, more)}`
}

function listed(words: readonly string[], more: number): string {
  if (more > 0) return `one of ${words.join(', ')} and ${more} more`
  if (words.length === 1) return words[0] ?? ''
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`
}
