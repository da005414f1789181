import { limits } from '../../limits.ts'
import { isGatewayName, isUuid } from '../../names.ts'
import { isCount, isFields, parseFields } from './fields.ts'
import { excerpt, refuse } from './refusal.ts'
import type { Refusal } from './refusal.ts'

/** One stream as the agent sees it. */
export interface EnvelopeStream {
  readonly stream: string
  /** All below is acknowledged or reported; at least 1. It never adds to a set (protocol.md, N5). */
  readonly low: number
  /** The last seq of a stream that ended; 0 where it held none. A hint (protocol.md, N4). */
  readonly sealed?: number
  /** The stream that was minted last before it in the same database (protocol.md, N8). Older agents don't say. */
  readonly follows?: string
}

/** First line of a request, in a gzip member of its own. */
export interface Envelope {
  readonly gateway: string
  /** Batches that follow, over all members. */
  readonly batches: number
  readonly streams: readonly EnvelopeStream[]
}

/** `{"v":1,"gateway":…,"batches":N,"streams":[{"stream":…,"low":…,"sealed"?:…,"follows"?:…}]}` and a line feed. */
export function encodeEnvelope({ gateway, batches, streams }: Envelope): string {
  return `${JSON.stringify({ v: 1, gateway, batches, streams })}\n`
}

/** Reads an envelope line, with or without its line feed. */
export function parseEnvelope(line: string): { readonly ok: true; readonly envelope: Envelope } | Refusal {
  if (line.length > limits.envelopeBytes) return refuse('too_large', `envelope of ${line.length} characters`)
  const fields = parseFields(line)
  if (!fields) return refuse('undecodable', `envelope is not a JSON object: ${excerpt(line)}`)
  const { v, gateway, batches, streams } = fields
  if (v !== 1) return refuse('unsupported_version', `envelope has v ${excerpt(String(v))}; this receiver reads 1`)
  if (!isGatewayName(gateway))
    return refuse('undecodable', `envelope: gateway is not a name: ${excerpt(String(gateway))}`)
  if (!isCount(batches, 0)) return refuse('undecodable', 'envelope: batches is not an integer of 0 or more')
  if (batches > limits.requestBatches) return refuse('too_large', `envelope announces ${batches} batches`)
  if (!Array.isArray(streams)) return refuse('undecodable', 'envelope: streams is not a list')
  if (streams.length > limits.envelopeStreams) return refuse('too_large', `envelope names ${streams.length} streams`)
  const named = new Map<string, EnvelopeStream>()
  for (const item of streams) {
    const stream = parseStream(item)
    if (!stream)
      return refuse('undecodable', `envelope: streams[${named.size}] is not {stream, low, sealed?, follows?}`)
    if (named.has(stream.stream)) return refuse('undecodable', `envelope names stream ${stream.stream} twice`)
    named.set(stream.stream, stream)
  }
  return { ok: true, envelope: { gateway, batches, streams: [...named.values()] } }
}

function parseStream(value: unknown): EnvelopeStream | undefined {
  if (!isFields(value)) return undefined
  const { stream, low, sealed, follows } = value
  if (!isUuid(stream) || !isCount(low, 1)) return undefined
  if (sealed !== undefined && !isCount(sealed, 0)) return undefined
  if (follows !== undefined && !isUuid(follows)) return undefined
  return { stream, low, ...(sealed === undefined ? {} : { sealed }), ...(follows === undefined ? {} : { follows }) }
}
