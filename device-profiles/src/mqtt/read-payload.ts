import { parseJson } from '@lineside/contract'
import type { Refused } from '../decoded.ts'

/** Longest payload that is read, in bytes. */
export const maxPayloadBytes = 262_144
/** Deepest nesting of a JSON payload that is read. */
export const maxJsonDepth = 64
/** Characters of a payload in an error. */
const mostQuoted = 40

const utf8 = new TextDecoder('utf-8', { fatal: true })

export type Read<T> = { readonly ok: true; readonly value: T } | Refused

function refuse(text: string): Refused {
  return { ok: false, reason: 'malformed', text }
}

export function readText(payload: Uint8Array): Read<string> {
  if (payload.length > maxPayloadBytes)
    return refuse(`payload of ${payload.length} bytes, more than ${maxPayloadBytes}`)
  try {
    return { ok: true, value: utf8.decode(payload) }
  } catch {
    return refuse('payload is not UTF-8')
  }
}

/** An object or array; integers beyond ±(2^53 − 1) are bigint. */
export function readJson(text: string): Read<object> {
  if (depthOf(text) > maxJsonDepth) return refuse(`payload is nested deeper than ${maxJsonDepth}`)
  try {
    const value = parseJson(text)
    if (typeof value === 'object' && value !== null) return { ok: true, value }
    return refuse(`payload ${quoted(text)} is no JSON object`)
  } catch {
    return refuse(`payload ${quoted(text)} is not JSON`)
  }
}

/** Its beginning, in which nothing moves a terminal's cursor. */
function quoted(text: string): string {
  return text.length > mostQuoted ? `${JSON.stringify(text.slice(0, mostQuoted))} …` : JSON.stringify(text)
}

/** Deepest nesting, counted before parsing; brackets in strings don't count. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (inString) {
      if (c === 0x5c) i++
      else if (c === 0x22) inString = false
    } else if (c === 0x22) inString = true
    else if (c === 0x7b || c === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (c === 0x7d || c === 0x5d) depth--
  }
  return deepest
}
