/** A row that waits: it holds what was committed from `t` (UTC ms) until the next row begins. */
export interface Written {
  readonly t: number
  readonly bytes: number
  readonly batches: number
}

/** A pause is so much longer than usual between two batches, and never shorter than that many ms. */
const unusual = 20
const leastPauseMs = 5000
/** Two batches alone tell a rate only when they lie so close. */
const nearMs = 60_000

/** Bytes a second of the newest rows, newest first, back to the last pause; undefined where too little waits to tell. */
export function rateOf(rows: readonly Written[]): number | undefined {
  const steps = rows.slice(1).map((row, index) => {
    const ms = (rows[index]?.t ?? 0) - row.t
    return { ms, bytes: row.bytes, eachMs: ms / row.batches }
  })
  const usual = steps.map(({ eachMs }) => eachMs).toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)]
  if (usual === undefined || (steps.length === 1 && usual > nearMs)) return undefined
  const mostMs = Math.max(leastPauseMs, unusual * usual)
  const pause = steps.findIndex(({ ms, eachMs }) => ms < 0 || (eachMs > mostMs && eachMs > usual))
  const counted = pause === -1 ? steps : steps.slice(0, pause)
  const ms = counted.reduce((sum, step) => sum + step.ms, 0)
  return ms > 0 ? (counted.reduce((sum, step) => sum + step.bytes, 0) * 1000) / ms : undefined
}
