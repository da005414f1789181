import { endianness } from 'node:os'
import { pageBytes } from './open-file.ts'

/** One page in a write-ahead log (sqlite.org/fileformat2.html, section 4). */
export interface LogFrame {
  /** Number of the page, from 1. */
  readonly page: number
  /** Where its bytes begin in the log. */
  readonly at: number
  /** Pages of the database after the commit that this frame ends; 0 where it ends none. */
  readonly pagesAfter: number
  /** It is as it was written, and so is the checksum before it. */
  readonly isWhole: boolean
}

export interface LogFound {
  /** Of the newest generation, in the order in which they were written, up to the last commit. */
  readonly frames: readonly LogFrame[]
  /** So many of them SQLite takes: the checksum of each covers all before it. */
  readonly taken: number
  /** There is more than SQLite takes: damage, or a transaction that a power cut ended. */
  readonly isTorn: boolean
}

const headerBytes = 32
const frameHeaderBytes = 24
const frameBytes = frameHeaderBytes + pageBytes
const magicLittle = 0x377f0682
const magicBig = 0x377f0683

type Sum = readonly [number, number]

/**
 * What is in a log, also behind damage, where SQLite stops reading. A frame is checked against the checksum that stands
 * in the frame before it, whether that one is whole or not.
 */
export function readLog(bytes: Uint8Array): LogFound {
  if (bytes.length < headerBytes) return { frames: [], taken: 0, isTorn: bytes.length > 0 }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const magic = view.getUint32(0)
  const isLittle = magic === magicLittle || (magic !== magicBig && endianness() === 'LE')
  const pairAt = (at: number): Sum => [view.getUint32(at), view.getUint32(at + 4)]
  const isKnown = magic === magicLittle || magic === magicBig
  const isHeaderWhole = isKnown && isSame(addTo([0, 0], view, 0, 24, isLittle), pairAt(24))
  const hasFrame = bytes.length >= headerBytes + frameBytes
  // The first frame is always of the newest generation.
  const salts = isHeaderWhole || !hasFrame ? pairAt(16) : pairAt(headerBytes + 8)
  const frames: LogFrame[] = []
  let isChain = isHeaderWhole
  let taken = 0
  let ended = 0
  let at = headerBytes
  for (; at + frameBytes <= bytes.length; at += frameBytes) {
    if (!isSame(pairAt(at + 8), salts)) {
      isChain = false
      continue
    }
    const before = pairAt(at === headerBytes ? 24 : at - frameBytes + 16)
    const head = addTo(before, view, at, 8, isLittle)
    const isWhole = isSame(addTo(head, view, at + frameHeaderBytes, pageBytes, isLittle), pairAt(at + 16))
    const [page, pagesAfter] = pairAt(at)
    frames.push({ page, at: at + frameHeaderBytes, pagesAfter, isWhole })
    isChain &&= isWhole
    if (pagesAfter < Math.max(page, 1)) continue
    ended = frames.length
    if (isChain) taken = frames.length
  }
  const isTorn = !isHeaderWhole || taken < frames.length || at < bytes.length
  return { frames: frames.slice(0, ended), taken, isTorn }
}

/** How many transactions lie behind what SQLite takes. */
export function commitsBehind({ frames, taken }: LogFound): number {
  return frames.slice(taken).filter(({ isWhole, pagesAfter }) => isWhole && pagesAfter > 0).length
}

function isSame([a, b]: Sum, [c, d]: Sum): boolean {
  return a === c && b === d
}

/** The checksum of section 4.2: two sums that feed each other. */
function addTo([first, second]: Sum, view: DataView, at: number, length: number, isLittle: boolean): Sum {
  let a = first
  let b = second
  for (let n = at; n < at + length; n += 8) {
    a = (a + view.getUint32(n, isLittle) + b) >>> 0
    b = (b + view.getUint32(n + 4, isLittle) + a) >>> 0
  }
  return [a, b]
}
