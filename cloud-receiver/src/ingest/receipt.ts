import { hasSeq } from '@lineside/contract'
import type { DecodedRequest, Receipt, RejectedBatch, Rejection } from '@lineside/contract'
import type { Committed, Incoming, IncomingBatch } from '../log/log.ts'

/** What the log gets of a request: the streams of rejected batches too, as their sets belong to the receipt. */
export function incomingOf({ envelope, batches, rejected }: DecodedRequest<IncomingBatch>): Incoming {
  const named = new Set(envelope.streams.map(({ stream }) => stream))
  const others = new Set(rejected.map(({ stream }) => stream).filter(stream => !named.has(stream)))
  return {
    gateway: envelope.gateway,
    streams: [...envelope.streams, ...[...others].map(stream => ({ stream, low: 1 }))],
    batches,
  }
}

/** The answer: every set, and the rejections that the set does not already contradict. */
export function receiptOf(committed: Committed, rejected: readonly RejectedBatch[]): Receipt {
  return {
    streams: committed.streams.map(said => {
      const { stream, acked } = said
      const own = new Map<number, Rejection>()
      for (const { stream: of, seq, code, message } of rejected) {
        if (of === stream && !hasSeq(acked, seq)) own.set(seq, { seq, code, message })
      }
      return own.size === 0 ? said : { ...said, rejected: [...own.values()] }
    }),
  }
}
