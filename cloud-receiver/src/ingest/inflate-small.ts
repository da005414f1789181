import { gunzipSync } from 'node:zlib'
import { limits } from '@lineside/contract'
import { refused } from './refused.ts'
import type { Refused } from './refused.ts'

/** Bodies up to this many bytes are inflated in one step. */
export const smallBody = 65_536
/** No more is inflated in one step, some milliseconds' worth; judged as a bomb is only what is more. */
const mostText = limits.ratioFromBytes
const chunkSize = 262_144

/**
 * Inflates a whole small body at once, which takes half the time that it takes as a stream; undefined where it becomes
 * so much that it has to be one.
 */
export function inflateSmall(body: Uint8Array): Uint8Array | Refused | undefined {
  try {
    return gunzipSync(body, { chunkSize, maxOutputLength: mostText })
  } catch (error) {
    if (isCode(error, 'ERR_BUFFER_TOO_LARGE')) return undefined
    if (!(error instanceof Error)) throw error
    return refused(400, 'undecodable', `body is not gzip: ${error.message}`)
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
