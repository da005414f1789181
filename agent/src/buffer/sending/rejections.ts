/**
 * What rejections mean (protocol.md, R1 and R2), as a value. Requests carry ascending ids; `sent` is the newest id
 * given out so far, so "a request sent after X" is an id above the `sent` of the moment X happened.
 */
export interface Rejections {
  /** Batch → newest request id at its first rejection. */
  readonly marks: ReadonlyMap<number, number>
  /** Newest request id when a batch was last accepted; 0 before the first. */
  readonly acceptedAt: number
  /** Rejections since the last acceptance. */
  readonly streak: number
  /** One batch a back-off interval, until something is accepted. */
  readonly probing: boolean
}

export const noRejections: Rejections = { marks: new Map(), acceptedAt: 0, streak: 0, probing: false }

/** Mark of a batch that was refused without a receipt: at the end of the queue, and not yet rejected. */
export const putOff = Infinity

/** Rejections with nothing accepted between, after which the agent only probes. */
const maxStreak = 3

export interface RejectionOutcome {
  readonly next: Rejections
  readonly action: 'keep' | 'quarantine'
}

/** One batch was rejected in the answer to `requestId`. */
export function rejected(state: Rejections, batch: number, requestId: number, sent: number): RejectionOutcome {
  const mark = state.marks.get(batch)
  const streak = state.streak + 1
  const probing = state.probing || streak >= maxStreak
  if (mark !== undefined && state.acceptedAt > mark && requestId > state.acceptedAt) {
    const marks = new Map(state.marks)
    marks.delete(batch)
    return { next: { ...state, marks, streak, probing }, action: 'quarantine' }
  }
  const isFirst = mark === undefined || mark === putOff
  const marks = isFirst ? new Map(state.marks).set(batch, sent) : state.marks
  return { next: { ...state, marks, streak, probing }, action: 'keep' }
}

/** Some batch was accepted: probing ends, and the rejected ones may be tried again. */
export function accepted(state: Rejections, sent: number): Rejections {
  return { ...state, acceptedAt: sent, streak: 0, probing: false }
}

/** Batches that left the buffer lose their marks. */
export function forget(state: Rejections, isGone: (batch: number) => boolean): Rejections {
  const gone = [...state.marks.keys()].filter(isGone)
  if (gone.length === 0) return state
  const marks = new Map(state.marks)
  for (const batch of gone) marks.delete(batch)
  return { ...state, marks }
}

/** With nothing but rejected batches left, whether a fresh batch is needed to learn if the receiver takes any. */
export function needsProbe(state: Rejections): boolean {
  const marks = [...state.marks.values()].filter(mark => mark !== putOff)
  return marks.length > 0 && state.acceptedAt <= Math.max(...marks)
}
