import { request as httpRequest } from 'node:http'
import type { OutgoingHttpHeaders } from 'node:http'
import { gzipSync } from 'node:zlib'
import { encodeEnvelope, encodeMember, stringifyJson } from '@lineside/contract'
import type { Entry, EnvelopeStream } from '@lineside/contract'
import { uuid } from '../log/testing.ts'

// What the tests of ingest share: bodies as an agent makes them, and a sender without a mind of its own.

export interface TestBatch {
  readonly stream: string
  readonly seq: number
  readonly entries: readonly Entry[]
  /** In place of the entries' own lines. */
  readonly lines?: readonly string[]
  readonly gateway?: string
}

/** One stored member. */
export function memberOf(gateway: string, { stream, seq, entries, lines, gateway: other }: TestBatch): Buffer {
  const origin = { gateway: other ?? gateway, stream, seq, boot: uuid(999) }
  return gzipSync(encodeMember(origin, lines ?? entries.map(entry => stringifyJson(entry))))
}

export function envelopeOf(gateway: string, batches: number, streams: readonly EnvelopeStream[] = []): Buffer {
  return gzipSync(encodeEnvelope({ gateway, batches, streams }))
}

/** A whole request: the envelope's member, then each batch's. */
export function bodyOf(
  gateway: string,
  batches: readonly TestBatch[],
  streams: readonly EnvelopeStream[] = [],
): Buffer {
  const members = batches.map(batch => memberOf(gateway, batch))
  return Buffer.concat([envelopeOf(gateway, batches.length, streams), ...members])
}

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: unknown
}

export interface Sending {
  readonly port: number
  readonly method?: string
  readonly path?: string
  readonly headers?: OutgoingHttpHeaders
  /** Sent one after the other; `open` leaves the request unfinished. */
  readonly chunks?: readonly Uint8Array[]
  readonly open?: boolean
  /** Breaks the connection. */
  readonly signal?: AbortSignal
}

/** One request over a connection of its own. */
export function send({
  port,
  method = 'POST',
  path = '/v1/batches',
  headers,
  chunks,
  open,
  signal,
}: Sending): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const target = { host: '127.0.0.1', port, method, path, headers, agent: false, signal }
    const request = httpRequest(target, response => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        const isJson = text !== '' && response.headers['content-type']?.startsWith('application/json') === true
        const body: unknown = isJson ? JSON.parse(text) : text
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
        request.destroy()
      })
    })
    request.on('error', reject)
    for (const chunk of chunks ?? []) request.write(chunk)
    if (open !== true) request.end()
    else request.flushHeaders()
  })
}

/** The headers of a good request. */
export function headersOf(token: string): OutgoingHttpHeaders {
  return {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
  }
}
