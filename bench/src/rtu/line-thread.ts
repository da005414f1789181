import { readSync, writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { countNames } from './line-counts.ts'
import type { LineThreadData } from './slow-line.ts'

/** How long the thread sleeps while nothing is on the line. */
const idleMs = 0.15
/** Characters of silence before a request; what the clock of this thread is wrong by is let pass. */
const silentCharacters = 3.5
const clockErrorMs = 0.2

const { clientFd, deviceFd, byteMs, control, counts } = workerData as LineThreadData

// Nothing to read is an error each time; where it came from is of no interest.
Error.stackTraceLimit = 0

const buffer = new Uint8Array(1024)

/** One direction of the wire: bytes come out one after another, each a byte's time after the one before. */
class Wire {
  readonly #from: number
  readonly #to: number
  readonly #bytes: number[] = []
  /** When the first of the bytes is through. */
  #firstMs = 0
  /** When the last of the bytes is through. */
  lastMs = Number.NEGATIVE_INFINITY

  constructor(from: number, to: number) {
    this.#from = from
    this.#to = to
  }

  get isBusy(): boolean {
    return this.#bytes.length > 0
  }

  /** When something is to be released next. */
  get nextMs(): number {
    return this.isBusy ? this.#firstMs : Number.POSITIVE_INFINITY
  }

  /** Takes what waits at its beginning. False: nothing. */
  take(nowMs: number): boolean {
    const length = readNow(this.#from)
    if (length === 0) return false
    if (!this.isBusy) this.#firstMs = Math.max(nowMs, this.lastMs) + byteMs
    this.#bytes.push(...buffer.subarray(0, length))
    this.lastMs = this.#firstMs + (this.#bytes.length - 1) * byteMs
    return true
  }

  /** Lets out what is through. True: it was the last of what is there. */
  release(nowMs: number): boolean {
    if (nowMs < this.nextMs) return false
    const through = Math.min(this.#bytes.length, 1 + Math.floor((nowMs - this.#firstMs) / byteMs))
    writeSync(this.#to, Uint8Array.from(this.#bytes.splice(0, through)))
    this.#firstMs += through * byteMs
    return !this.isBusy
  }
}

function readNow(fd: number): number {
  try {
    return readSync(fd, buffer)
  } catch {
    return 0
  }
}

function count(name: (typeof countNames)[number], by = 1): void {
  const i = countNames.indexOf(name)
  counts[i] = (counts[i] ?? 0) + by
}

const toDevice = new Wire(clientFd, deviceFd)
const toClient = new Wire(deviceFd, clientFd)
let isAsked = false
/** When the last frame was through. */
let silentSinceMs = Number.NEGATIVE_INFINITY

function pass(): void {
  const nowMs = performance.now()
  if (toDevice.take(nowMs) && !isAsked) {
    isAsked = true
    count('requests')
    if (toClient.isBusy) count('collisions')
    else if (nowMs - silentSinceMs < silentCharacters * byteMs - clockErrorMs) count('tooSoon')
  }
  if (toClient.take(nowMs) && isAsked && !toDevice.isBusy) {
    isAsked = false
    count('answers')
    count('turnaroundMs', nowMs - silentSinceMs)
  }
  for (const wire of [toDevice, toClient]) {
    const releasedMs = performance.now()
    if (!wire.release(releasedMs)) continue
    silentSinceMs = releasedMs
    count('lateMs', releasedMs - wire.lastMs)
  }
}

do pass()
while (
  Atomics.wait(
    control,
    0,
    0,
    Math.max(0, Math.min(idleMs, Math.min(toDevice.nextMs, toClient.nextMs) - performance.now())),
  ) === 'timed-out'
)
