import type { Entry } from '../../entry.ts'
import { parseJson, parserWithin } from '../../json.ts'
import type { ParseJson } from '../../json.ts'
import { limits } from '../../limits.ts'
import type { BatchHeader, BatchOrigin } from './batch.ts'
import { headerOf, headerProblem } from './batch.ts'
import { entryProblem, isEntry } from './entry-check.ts'
import { parseEnvelope } from './envelope.ts'
import type { Envelope } from './envelope.ts'
import { parseFields } from './fields.ts'
import { excerpt, refuse } from './refusal.ts'
import type { Refusal, Rejection, RejectionCode } from './refusal.ts'

/** A batch that is well-formed. */
export interface DecodedBatch extends BatchOrigin {
  readonly entries: readonly Entry[]
  /** The entries' JSON as it came, same order and number. */
  readonly lines: readonly string[]
}

/** A batch whose framing is right and whose content is not. */
export interface RejectedBatch extends Rejection {
  readonly stream: string
}

export interface DecodedRequest<B = DecodedBatch> {
  readonly ok: true
  readonly envelope: Envelope
  /** In the order of the request; a name may come twice. */
  readonly batches: readonly B[]
  readonly rejected: readonly RejectedBatch[]
}

/** Takes up the entries of one batch as they are read, each checked: what is not needed later is not kept. */
export interface BatchCollector<B> {
  /** `at`: where the line begins in the bytes of the request; -1 once one of its characters took more than one byte. */
  add(entry: Entry, line: string, at: number): void
  /** The batch is whole and well-formed; one that is rejected is given up without a word. */
  end(origin: BatchOrigin): B
}

/** Reads one request as it is decompressed. After a refusal everything is ignored and the refusal stays. */
export interface RequestReader<B> {
  /** Takes the next bytes; returns a refusal as soon as one is certain. */
  push(bytes: Uint8Array): Refusal | undefined
  /** Ends the request: exactly the announced batches, each with its count, must have been read. */
  end(): DecodedRequest<B> | Refusal
}

interface OpenBatch<B> {
  readonly header: BatchHeader
  readonly collector: BatchCollector<B>
  /** Entries so far. */
  entries: number
  length: number
  rejection?: RejectedBatch
}

/** Keeps everything. */
export function collectWhole(): BatchCollector<DecodedBatch> {
  const entries: Entry[] = []
  const lines: string[] = []
  return {
    add(entry, line) {
      entries.push(entry)
      lines.push(line)
    },
    end: ({ gateway, stream, seq, boot }) => ({ gateway, stream, seq, boot, entries, lines }),
  }
}

/** Starts reading one request: {@link limits} apply to decompressed bytes; what was read is bounded by them. */
export function createRequestReader<B>(collect: () => BatchCollector<B>): RequestReader<B> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const batches: B[] = []
  const rejected: RejectedBatch[] = []
  let bytesRead = 0
  /** So far characters and bytes are the same number. */
  let isPlain = true
  let started = ''
  let envelope: Envelope | undefined
  let open: OpenBatch<B> | undefined
  let opened = 0
  let refusal: Refusal | undefined

  function takeLine(line: string, at: number, parse: ParseJson): Refusal | undefined {
    if (!envelope) {
      const parsed = parseEnvelope(line)
      if (!parsed.ok) return parsed
      envelope = parsed.envelope
      return undefined
    }
    if (!open) {
      if (opened === envelope.batches) return refuse('undecodable', `more than the ${opened} announced batches`)
      const header = parseHeader(line, envelope.gateway)
      if ('code' in header) return header
      opened++
      open = { header, collector: collect(), entries: 0, length: 0 }
    } else takeEntry(open, line, at, parse)
    if (open.entries === open.header.count) close(open)
    return undefined
  }

  function close({ header, collector, rejection }: OpenBatch<B>): void {
    if (rejection) rejected.push(rejection)
    else batches.push(collector.end(header))
    open = undefined
  }

  /** `begin`: where the text begins in the request. */
  function takeText(text: string, begin: number): Refusal | undefined {
    let from = 0
    const parseWithin = parserWithin(text)
    for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
      const line = started + text.slice(from, to)
      const at = isPlain ? begin + to - line.length : -1
      const parse = started === '' ? parseWithin : parseJson
      started = ''
      from = to + 1
      const problem = takeLine(line, at, parse)
      if (problem) return problem
    }
    started += text.slice(from)
    return undefined
  }

  return {
    push(bytes) {
      if (refusal) return refusal
      bytesRead += bytes.length
      if (bytesRead > limits.requestTextBytes) {
        refusal = refuse('too_large', `request of more than ${limits.requestTextBytes} bytes decompressed`)
        return refusal
      }
      try {
        const text = decoder.decode(bytes, { stream: true })
        isPlain &&= text.length === bytes.length
        refusal = takeText(text, bytesRead - bytes.length)
      } catch {
        refusal = refuse('undecodable', `request is not UTF-8 within bytes ${bytesRead - bytes.length} to ${bytesRead}`)
      }
      return refusal
    },
    end() {
      if (refusal) return refusal
      try {
        started += decoder.decode()
      } catch {
        return (refusal = refuse('undecodable', 'request ends within a character'))
      }
      refusal = endProblem(started, envelope, opened, open)
      if (refusal || !envelope) return refusal ?? refuse('undecodable', 'request has no envelope')
      return { ok: true, envelope, batches, rejected }
    },
  }
}

/** Reads a whole request, decompressed. */
export function decodeRequest(request: Uint8Array | string): DecodedRequest | Refusal {
  const reader = createRequestReader(collectWhole)
  reader.push(typeof request === 'string' ? new TextEncoder().encode(request) : request)
  return reader.end()
}

function endProblem(started: string, envelope?: Envelope, opened = 0, open?: OpenBatch<unknown>): Refusal | undefined {
  if (started !== '') return refuse('undecodable', `request ends within a line: ${excerpt(started)}`)
  if (!envelope) return refuse('undecodable', 'request is empty')
  if (open) {
    const { stream, seq, count } = open.header
    return refuse('undecodable', `batch ${stream}/${seq} ends after ${open.entries} of ${count} entries`)
  }
  if (opened === envelope.batches) return undefined
  return refuse('undecodable', `request ends after ${opened} of ${envelope.batches} batches`)
}

function parseHeader(line: string, gateway: string): BatchHeader | Refusal {
  const fields = parseFields(line)
  if (!fields) return refuse('undecodable', `header line is not a JSON object: ${excerpt(line)}`)
  if (fields['v'] !== 1) return refuse('unsupported_version', `header line has no v 1: ${excerpt(line)}`)
  const header = headerOf(fields)
  if (!header) return refuse('undecodable', `header line: ${headerProblem(fields) ?? 'not a header'}: ${excerpt(line)}`)
  if (header.gateway === gateway) return header
  return refuse('gateway_mismatch', `batch of gateway ${header.gateway} in a request of ${gateway}`)
}

function takeEntry<B>(batch: OpenBatch<B>, line: string, at: number, parse: ParseJson): void {
  batch.length += line.length + 1
  const place = batch.entries++
  // What is rejected is not read any more; the count still is.
  if (batch.rejection) return
  const { count } = batch.header
  if (count > limits.batchEntries) return reject(batch, 'too_large', `${count} entries; at most ${limits.batchEntries}`)
  if (batch.length > limits.memberTextBytes) {
    return reject(batch, 'too_large', `more than ${limits.memberTextBytes} bytes`)
  }
  let entry: unknown
  try {
    entry = parse(line)
  } catch {
    return reject(batch, 'malformed', `entry ${place} is not JSON: ${excerpt(line)}`)
  }
  if (isEntry(entry)) batch.collector.add(entry, line, at)
  else reject(batch, 'schema', `entry ${place}: ${entryProblem(entry) ?? 'not an entry'}`)
}

function reject(batch: OpenBatch<unknown>, code: RejectionCode, message: string): void {
  const { stream, seq } = batch.header
  batch.rejection = { stream, seq, code, message }
}
