/**
 * Whether a topic matches a filter: `+` stands for one level, a last `#` for all that follow and for the level
 * before it; neither stands for a first level that begins with `$` (MQTT 5.0, section 4.7).
 */
export function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false
  let f = 0
  let t = 0
  for (;;) {
    const filterEnd = levelEnd(filter, f)
    const level = filter.slice(f, filterEnd)
    if (level === '#') return filterEnd === filter.length
    const topicEnd = levelEnd(topic, t)
    if (level !== '+' && level !== topic.slice(t, topicEnd)) return false
    const filterDone = filterEnd === filter.length
    const topicDone = topicEnd === topic.length
    if (topicDone) return filterDone || filter.slice(filterEnd) === '/#'
    if (filterDone) return false
    f = filterEnd + 1
    t = topicEnd + 1
  }
}

/** What is wrong with a topic to publish on, as a sentence; undefined: nothing. */
export function topicProblem(topic: string): string | undefined {
  if (topic === '') return 'a topic has at least one character'
  if (/[+#]/.test(topic)) return `"${topic}" has a wildcard: + and # belong into filters`
  if (topic.includes('\0')) return 'a topic has no NUL character'
  return Buffer.byteLength(topic) > 65_535 ? 'a topic has at most 65,535 bytes' : undefined
}

/** What is wrong with a topic filter, as a sentence; undefined: nothing. */
export function filterProblem(filter: string): string | undefined {
  const levels = filter.split('/')
  if (levels[0] === '$share') return `"${filter}": of a shared subscription others get a part of the messages`
  if (levels.some(level => level.length > 1 && /[+#]/.test(level)))
    return `"${filter}": + and # stand alone between slashes`
  if (levels.indexOf('#') !== -1 && levels.indexOf('#') !== levels.length - 1) return `"${filter}": # is the last level`
  return topicProblem(filter.replaceAll(/[+#]/g, 'x'))
}

function levelEnd(text: string, from: number): number {
  const end = text.indexOf('/', from)
  return end === -1 ? text.length : end
}
