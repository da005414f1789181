/** More pairs of device and point than any gateway polls; what comes later is counted under id 0. */
export const maxPoints = 200_000

/** Readings by point id. Ids are small integers that the database gives to pairs of device and point. */
export type Counts = Map<number, number>

/**
 * Counts as bytes: one triple of varints for each run of neighbouring ids with the same count,
 * (id − end of the run before, length, count). A device polled once is three bytes, however many points it has.
 */
export function encodeCounts(counts: ReadonlyMap<number, number>): Uint8Array {
  const out: number[] = []
  let end = 0
  let from = -1
  let length = 0
  let value = 0
  const flush = () => {
    if (length === 0) return
    pushVarint(out, from - end)
    pushVarint(out, length)
    pushVarint(out, value)
    end = from + length
  }
  for (const id of [...counts.keys()].toSorted((a, b) => a - b)) {
    const count = counts.get(id) ?? 0
    if (length > 0 && id === from + length && count === value) {
      length++
      continue
    }
    flush()
    from = id
    length = 1
    value = count
  }
  flush()
  return Uint8Array.from(out)
}

/** Adds encoded counts to `target`; what is cut off or damaged at the end is left out. */
export function addCounts(target: Counts, bytes: Uint8Array): void {
  let at = 0
  let end = 0
  const next = (): number => {
    let value = 0
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    return -1
  }
  while (at < bytes.length) {
    const from = end + next()
    const length = next()
    const count = next()
    if (from < end || length < 1 || from + length > maxPoints + 1 || count < 0) return
    for (let id = from; id < from + length; id++) target.set(id, (target.get(id) ?? 0) + count)
    end = from + length
  }
}

/** The same counts under other ids; what has none of its own adds up under 0. */
export function renameCounts(counts: Counts, ids: ReadonlyMap<number, number>): Counts {
  const result: Counts = new Map()
  for (const [id, count] of counts) {
    const now = ids.get(id) ?? 0
    result.set(now, (result.get(now) ?? 0) + count)
  }
  return result
}

/** `renameCounts` of counts as bytes. */
export function renameEncoded(bytes: Uint8Array, ids: ReadonlyMap<number, number>): Uint8Array {
  const counts: Counts = new Map()
  addCounts(counts, bytes)
  return encodeCounts(renameCounts(counts, ids))
}

function pushVarint(out: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    out.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  out.push(rest)
}
