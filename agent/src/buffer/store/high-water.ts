import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { StreamKind } from '../api.ts'
import { rowChecksum } from '../file/checksums.ts'
import { openFailed } from '../file/open-file.ts'
import type { StreamRow } from './streams.ts'

/** How far a stream had come. */
export interface HighWater {
  readonly id: number
  readonly stream: string
  readonly kind: StreamKind
  readonly run: number
  readonly boot: string
  readonly high: number
}

interface Slot {
  readonly gateway: string
  /** Ascends with each write. */
  readonly number: number
  readonly streams: readonly HighWater[]
}

export const highWaterFile = 'buffer.high'
/** Two, written in turn: a torn one leaves the other. */
const slotBytes = 8192
/** The newest streams: older ones have been in the database for long. */
const mostStreams = 24

/**
 * The greatest seqs of the newest streams, in a file beside the database: should its log be cut or gone, the newest
 * commits go with it and nothing in the database says so. The file is written after each commit and not synced, as it
 * helps against a log that is lost and not against a power cut, after which the log is there.
 */
export class HighWaterFile implements Disposable {
  readonly #file: number
  readonly #gateway: string
  readonly #found: Slot | undefined
  #number: number

  constructor(folder: string, gateway: string) {
    this.#gateway = gateway
    try {
      closeSync(openSync(join(folder, highWaterFile), 'a+', 0o600))
      this.#file = openSync(join(folder, highWaterFile), 'r+')
    } catch (cause) {
      throw openFailed(folder, cause)
    }
    this.#found = newestSlot(this.#file)
    this.#number = this.#found?.number ?? 0
  }

  /** What was written last, if it was of this gateway. */
  get found(): readonly HighWater[] {
    return streamsOf(this.#found, this.#gateway)
  }

  /** Never throws: it is a second copy, and the next commit writes it anew. */
  write(streams: Iterable<StreamRow>): void {
    const newest = [...streams].toSorted((a, b) => b.id - a.id).slice(0, mostStreams)
    const number = this.#number + 1
    const slot: Slot = { gateway: this.#gateway, number, streams: newest.map(asHighWater) }
    const text = JSON.stringify(slot)
    const bytes = Buffer.from(`${rowChecksum(text)} ${text}\n`)
    if (bytes.length > slotBytes) return
    try {
      writeSync(this.#file, bytes, 0, bytes.length, (number % 2) * slotBytes)
      this.#number = number
    } catch {
      // A disk that refuses is told of by the commit.
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}

/** As `found`, of a file that is not open and is not changed. */
export function readHighWater(folder: string, gateway: string): readonly HighWater[] {
  const path = join(folder, highWaterFile)
  if (!existsSync(path)) return []
  const file = openSync(path, 'r')
  try {
    return streamsOf(newestSlot(file), gateway)
  } finally {
    closeSync(file)
  }
}

/** What is wrong with that file; undefined where nothing is, or there is none yet. */
export function highWaterProblem(folder: string): string | undefined {
  const path = join(folder, highWaterFile)
  if (!existsSync(path)) return undefined
  const file = openSync(path, 'r')
  try {
    const isSound = fstatSync(file).size === 0 || newestSlot(file) !== undefined
    return isSound ? undefined : `${highWaterFile} can't be read: the newest commits could be gone unseen`
  } finally {
    closeSync(file)
  }
}

function streamsOf(slot: Slot | undefined, gateway: string): readonly HighWater[] {
  return slot?.gateway === gateway ? slot.streams : []
}

function newestSlot(file: number): Slot | undefined {
  const slots = [0, 1].flatMap(index => readSlot(file, index) ?? [])
  return slots.toSorted((a, b) => b.number - a.number)[0]
}

function asHighWater({ id, stream, kind, run, boot, high }: StreamRow): HighWater {
  return { id, stream, kind, run, boot, high }
}

function readSlot(file: number, index: number): Slot | undefined {
  const bytes = Buffer.alloc(slotBytes)
  const size = readSync(file, bytes, 0, slotBytes, index * slotBytes)
  const line = bytes.subarray(0, size).toString('utf8').split('\n')[0] ?? ''
  const [crc, text] = [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]
  if (text === '' || Number(crc) !== rowChecksum(text)) return undefined
  return JSON.parse(text)
}
