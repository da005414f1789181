import type { Interval } from '../../entry.ts'
import { hasSeq, parseIntervalSet } from '../../interval-set.ts'
import { limits } from '../../limits.ts'
import { isUuid } from '../../names.ts'
import { isCount, isFields, parseFields } from './fields.ts'
import { excerpt, rejectionCodes } from './refusal.ts'
import type { Rejection } from './refusal.ts'

export interface StreamReceipt {
  readonly stream: string
  /** The whole set that the receiver has of this stream, durably. */
  readonly acked: readonly Interval[]
  /** Another stream of this gateway that follows the same one (protocol.md, N8). Older receivers don't say. */
  readonly beside?: string
  readonly rejected?: readonly Rejection[]
}

/** The only answer that acknowledges or rejects (protocol.md, S2). */
export interface Receipt {
  readonly streams: readonly StreamReceipt[]
}

/** A body that is no receipt: pause and keep everything. */
export interface Malformed {
  readonly ok: false
  readonly code: 'malformed'
  readonly message: string
}

/** `{"streams":[{"stream":…,"acked":[[1,1236],[1300,1310]],"beside"?:…,"rejected"?:[{"seq":…,"code":…,"message":…}]}]}` */
export function encodeReceipt({ streams }: Receipt): string {
  return JSON.stringify({
    streams: streams.map(({ stream, acked, beside, rejected }) => ({
      stream,
      acked,
      ...(beside === undefined ? {} : { beside }),
      ...(rejected && rejected.length > 0 ? { rejected } : {}),
    })),
  })
}

/**
 * Reads an answer's body strictly: a captive portal's page, half a receipt or another service's JSON is none. Fields
 * that this version does not know are passed over. An empty list of streams is a receipt that says nothing.
 */
export function parseReceipt(body: string): { readonly ok: true; readonly receipt: Receipt } | Malformed {
  if (body.length > limits.receiptLength) return malformed(`answer of ${body.length} characters`)
  const fields = parseFields(body)
  if (!fields) return malformed(`answer is not a JSON object: ${excerpt(body)}`)
  const list = fields['streams']
  if (!Array.isArray(list)) return malformed(`answer has no list of streams: ${excerpt(body)}`)
  const streams = new Map<string, StreamReceipt>()
  for (const [index, item] of list.entries()) {
    const stream = parseStream(item)
    if (typeof stream === 'string') return malformed(`receipt: streams[${index}]: ${stream}`)
    if (streams.has(stream.stream)) return malformed(`receipt names stream ${stream.stream} twice`)
    streams.set(stream.stream, stream)
  }
  return { ok: true, receipt: { streams: [...streams.values()] } }
}

function parseStream(value: unknown): StreamReceipt | string {
  if (!isFields(value)) return 'not an object'
  const { stream, beside, rejected } = value
  if (!isUuid(stream)) return 'stream is not a UUID'
  const acked = parseIntervalSet(value['acked'])
  if (!acked) return 'acked is not a list of ascending intervals'
  if (beside !== undefined && !isUuid(beside)) return 'beside is not a UUID'
  const receipt = { stream, acked, ...(beside === undefined ? {} : { beside }) }
  if (rejected === undefined) return receipt
  if (!Array.isArray(rejected)) return 'rejected is not a list'
  const rejections: Rejection[] = []
  for (const item of rejected) {
    const rejection = parseRejection(item)
    if (!rejection) return 'rejected holds something that is not {seq, code, message}'
    if (hasSeq(acked, rejection.seq)) return `seq ${rejection.seq} is both acknowledged and rejected`
    rejections.push(rejection)
  }
  return { ...receipt, rejected: rejections }
}

function parseRejection(value: unknown): Rejection | undefined {
  if (!isFields(value)) return undefined
  const { seq, message } = value
  const code = rejectionCodes.find(known => known === value['code'])
  if (!isCount(seq, 1) || !code || typeof message !== 'string') return undefined
  return { seq, code, message }
}

function malformed(message: string): Malformed {
  return { ok: false, code: 'malformed', message }
}
