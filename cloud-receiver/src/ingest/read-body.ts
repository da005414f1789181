import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { createRequestReader, isBomb, limits } from '@lineside/contract'
import type { Clock, DecodedRequest } from '@lineside/contract'
import type { IncomingBatch } from '../log/log.ts'
import type { Place } from './admission.ts'
import { createBatchCollectors } from './collect-batch.ts'
import { inflateSmall, smallBody } from './inflate-small.ts'
import { fromRefusal, refused } from './refused.ts'
import type { Refused } from './refused.ts'

export interface BodyOptions {
  readonly clock: Clock
  readonly place: Place
  /** For the whole body, in milliseconds. */
  readonly timeoutMs: number
  /** Bytes that the body will have; undefined where it does not say. */
  readonly announced?: number | undefined
}

/**
 * Reads, decompresses and decodes one body as it comes, within all limits. What is refused is read to its end and
 * thrown away, so that its sender hears why, as long as it is no bigger than a request may be. Rejects only when the
 * connection breaks.
 */
export async function readBody(body: Readable, options: BodyOptions): Promise<DecodedRequest<IncomingBatch> | Refused> {
  const { clock, timeoutMs, announced = Infinity } = options
  const late = Promise.withResolvers<Refused>()
  const timer = clock.after(timeoutMs, () => {
    late.resolve(refused(408, 'timeout', `the body took longer than ${timeoutMs / 1000} s`, 1000))
  })
  try {
    const read = announced <= smallBody ? readSmall(body, options.place) : readAll(body, options.place)
    // When the time-out wins, the connection is closed, and this has nobody left to tell.
    read.catch(() => undefined)
    return await Promise.race([read, late.promise])
  } finally {
    timer.cancel()
  }
}

/** As much as was announced: HTTP lets no more of it through. */
async function readSmall(body: Readable, place: Place): Promise<DecodedRequest<IncomingBatch> | Refused> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) continue
    const full = place.take(chunk.byteLength, 0)
    if (full !== undefined) return full
    chunks.push(chunk)
  }
  const whole = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
  const text = inflateSmall(whole)
  if (text === undefined) return inflateLarge(whole, place)
  if (!(text instanceof Uint8Array)) return text
  const full = place.take(0, text.byteLength)
  if (full !== undefined) return full
  const reader = createRequestReader(createBatchCollectors({ expectedBytes: text.byteLength, whole: text }))
  reader.push(text)
  const decoded = reader.end()
  return decoded.ok ? decoded : fromRefusal(decoded)
}

async function inflateLarge(whole: Uint8Array, place: Place): Promise<DecodedRequest<IncomingBatch> | Refused> {
  const inflater = createInflater(place, whole.byteLength)
  try {
    return (await inflater.push(whole)) ?? (await inflater.end())
  } finally {
    inflater.stop()
  }
}

async function readAll(body: Readable, place: Place): Promise<DecodedRequest<IncomingBatch> | Refused> {
  let inflater: Inflater | undefined
  let bytes = 0
  let refusal: Refused | undefined
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) continue
      bytes += chunk.byteLength
      if (bytes > limits.requestBytes) {
        refusal = refused(413, 'too_large', `request of more than ${limits.requestBytes} bytes`)
        break
      }
      inflater ??= createInflater(place, chunk.byteLength)
      refusal ??= place.take(chunk.byteLength, 0) ?? (await inflater.push(chunk))
    }
    return refusal ?? (await (inflater ?? createInflater(place, 0)).end())
  } finally {
    inflater?.stop()
  }
}

/** How long a refused body is listened to. */
const discardMs = 3000

/** Reads what is left of a body and forgets it; ends early where that takes too long or there is too much of it. */
export async function discard(body: Readable, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = clock.after(discardMs, late.resolve)
  await Promise.race([drain(body).catch(() => undefined), late.promise])
  timer.cancel()
}

async function drain(body: Readable): Promise<void> {
  let bytes = 0
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    if (chunk instanceof Uint8Array) bytes += chunk.byteLength
    if (bytes > limits.requestBytes) return
  }
}

interface Inflater {
  push(chunk: Uint8Array): Promise<Refused | undefined>
  end(): Promise<DecodedRequest<IncomingBatch> | Refused>
  /** Lets go of it; harmless when it has ended. */
  readonly stop: () => void
}

/** A larger buffer, and fewer turns of a thread, take a third less time than the usual 16 KiB. */
const inflatedAtOnce = 262_144
/** Of what is decompressed to what was sent: batches of one second have 5.5, what was merged a little more. */
const usualRatio = 6

/**
 * Gunzip that feeds the contract's reader. Node's gunzip ends without a word at a zero byte between members: only the
 * reader's count of batches tells.
 */
function createInflater(place: Place, firstBytes: number): Inflater {
  const gunzip = createGunzip({ chunkSize: inflatedAtOnce })
  const reader = createRequestReader(createBatchCollectors({ expectedBytes: firstBytes * usualRatio }))
  const broken = Promise.withResolvers<Refused>()
  const ended = Promise.withResolvers<undefined>()
  let bytes = 0
  let textBytes = 0
  let refusal: Refused | undefined

  gunzip.on('data', (text: Buffer) => {
    textBytes += text.byteLength
    refusal ??= judge(text)
    // Nothing more is inflated, and a write that waits is settled by `broken`.
    if (refusal !== undefined) {
      broken.resolve(refusal)
      gunzip.destroy()
    }
  })
  gunzip.on('error', error => broken.resolve(refused(400, 'undecodable', `body is not gzip: ${error.message}`)))
  gunzip.on('end', () => ended.resolve(undefined))

  function judge(text: Buffer): Refused | undefined {
    if (isBomb(bytes, textBytes)) {
      return refused(413, 'too_large', `${textBytes} bytes out of ${bytes}: more than ${limits.ratio} to 1`)
    }
    const full = place.take(0, text.byteLength)
    if (full !== undefined) return full
    const problem = reader.push(text)
    return problem && fromRefusal(problem)
  }

  return {
    push(chunk) {
      bytes += chunk.byteLength
      const written = new Promise<undefined>(resolve => {
        gunzip.write(chunk, error => {
          if (!error) resolve(undefined)
        })
      })
      return Promise.race([broken.promise, written])
    },
    async end() {
      gunzip.end()
      const problem = await Promise.race([broken.promise, ended.promise])
      if (problem !== undefined) return problem
      const decoded = reader.end()
      return decoded.ok ? decoded : fromRefusal(decoded)
    },
    stop: () => void gunzip.destroy(),
  }
}
