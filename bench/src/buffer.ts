import { limits, stringifyJson } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import SQLite from 'better-sqlite3'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { commit } from '../../agent/src/buffer/commit.ts'
import { encodeCounts } from '../../agent/src/buffer/batch/counts.ts'
import { textOf } from '../../agent/src/buffer/batch/line-block.ts'
import { mergeSome } from '../../agent/src/buffer/sending/merge.ts'
import { openStore } from '../../agent/src/buffer/open-store.ts'
import { Sender } from '../../agent/src/buffer/sending/sender.ts'
import { settle } from '../../agent/src/buffer/sending/settle.ts'
import { take } from '../../agent/src/buffer/sending/take.ts'
import { rounded } from './figures.ts'
import { readProcessCost } from './process-cost.ts'

const daySeconds = 86_400
const pointsPerDevice = 25
let now = 1_763_700_000_000
const moment = () => ({ now, ids: [randomUUID(), randomUUID(), randomUUID()] })

/** Readings as machines give them: every second point moves slowly and is rounded to a tenth. */
class Plant {
  readonly #random = seededRandom(1)
  readonly #values: number[]

  constructor(readings: number) {
    this.#values = Array.from({ length: readings }, () => this.#random() * 100)
  }

  /** One reading of each point, by device. */
  samples(): { device: string; t: number; values: Record<string, number> }[] {
    const devices = Math.ceil(this.#values.length / pointsPerDevice)
    return Array.from({ length: devices }, (_, device) => {
      const values: Record<string, number> = {}
      for (let point = 0; point < pointsPerDevice; point++) {
        const at = device * pointsPerDevice + point
        const isSlow = point % 2 === 1
        const step = isSlow ? (this.#random() < 0.02 ? 0.1 : 0) : (this.#random() - 0.5) * 2
        this.#values[at] = (this.#values[at] ?? 0) + step
        values[`point_${point}`] = Number((this.#values[at] ?? 0).toFixed(isSlow ? 1 : 2))
      }
      return { device: `device_${device}`, t: now + device * 7, values }
    })
  }
}

/** The buffer itself, with its commits, merging and receipts, without the thread around it. */
class Ours implements Disposable {
  readonly #store
  readonly #sender: Sender

  constructor(folder: string, isSynced: boolean) {
    const options = { path: folder, gateway: 'plant1-gw3', maxSizeBytes: 8e9, boot: randomUUID(), now }
    this.#store = openStore(options)
    // For sizes alone, where waiting for the disk would only cost time.
    if (!isSynced) this.#store.db.pragma('synchronous = OFF')
    this.#sender = new Sender(this.#store)
  }

  commit(samples: ReturnType<Plant['samples']>, readings: number): void {
    const lines = samples.map(sample => stringifyJson({ k: 'sample', ...sample }))
    const counts = encodeCounts(new Map(Array.from({ length: readings }, (_, id) => [id + 1, 1])))
    const batch = { kind: 'data' as const, text: textOf(lines), entries: lines.length, readings, counts }
    commit(this.#store, moment(), { batches: [batch], points: [], state: [], dropped: [] }, () => [])
  }

  merge(): void {
    while (mergeSome(this.#sender, moment()));
  }

  /** A request, and the receipt for all of it. */
  send(): void {
    const { take: taken } = take(this.#sender, moment(), { maxBytes: limits.requestBytes })
    if (!taken) return
    const streams = [...this.#store.streams.values()].filter(({ stream }) => taken.streams.includes(stream))
    const receipt = streams.map(({ stream, high }) => ({ stream, acked: [[1, high] as const] }))
    settle(this.#sender, moment(), taken.requestId, { streams: receipt })
  }

  usedBytes(): number {
    return this.#store.usedBytes()
  }

  [Symbol.dispose](): void {
    this.#store[Symbol.dispose]()
  }
}

/** What most would write first: a row a reading. */
class Rows implements Disposable {
  readonly #db
  readonly #file: string

  constructor(folder: string, isSynced: boolean) {
    this.#file = join(folder, 'rows.db')
    this.#db = new SQLite(this.#file)
    this.#db.pragma('journal_mode = WAL')
    this.#db.pragma(`synchronous = ${isSynced ? 'FULL' : 'OFF'}`)
    this.#db.exec('CREATE TABLE readings (id INTEGER PRIMARY KEY, device TEXT, point TEXT, t INTEGER, value REAL)')
  }

  commit(samples: ReturnType<Plant['samples']>): void {
    const put = this.#db.prepare('INSERT INTO readings (device, point, t, value) VALUES (?, ?, ?, ?)')
    this.#db.transaction(() => {
      for (const { device, t, values } of samples) {
        for (const [point, value] of Object.entries(values)) put.run(device, point, t, value)
      }
    })()
  }

  usedBytes(): number {
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
    return statSync(this.#file).size
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }
}

/** A day offline at 1,000 readings a second, as much of it as `seconds` allow, and beside it a row a reading. */
function offlineDay(folder: string, seconds: number) {
  const readings = 1000
  const startedAt = performance.now()
  const plant = new Plant(readings)
  let simulated = 0
  let ours: number
  {
    using buffer = new Ours(join(folder, 'day'), false)
    for (; simulated < daySeconds && performance.now() - startedAt < seconds * 1000; simulated++) {
      now += 1000
      buffer.commit(plant.samples(), readings)
      if (simulated % 64 === 0) buffer.merge()
    }
    buffer.merge()
    ours = buffer.usedBytes()
  }
  const rowSeconds = Math.min(simulated, 600)
  using rows = new Rows(folder, false)
  for (let second = 0; second < rowSeconds; second++) {
    now += 1000
    rows.commit(plant.samples())
  }
  const perReading = ours / (simulated * readings)
  return {
    simulatedSeconds: simulated,
    bytesPerReading: rounded(perReading),
    megabytesPerDay: Math.round((perReading * readings * daySeconds) / 1e6),
    rowsBytesPerReading: rounded(rows.usedBytes() / (rowSeconds * readings)),
  }
}

type Subject = Disposable & { commit(samples: ReturnType<Plant['samples']>, readings: number): void; send?(): void }

/** Bytes handed to the disk at 50 readings a second, synced, in GB a day. */
function written(subject: Subject, everySeconds: number, commits: number, sends: boolean): number {
  const plant = new Plant(50)
  let before = 0
  for (let n = -50; n < commits; n++) {
    if (n === 0) before = readProcessCost(process.pid).writtenBytes
    const samples = []
    for (let second = 0; second < everySeconds; second++) {
      now += 1000
      samples.push(...plant.samples())
    }
    subject.commit(samples, 50 * everySeconds)
    if (sends) subject.send?.()
  }
  const bytes = readProcessCost(process.pid).writtenBytes - before
  return rounded((bytes / (commits * everySeconds)) * (daySeconds / 1e9))
}

/** What the buffer takes and writes, beside a row a reading in the same run. */
export function benchBuffer(seconds: number, say: (text: string) => void): Promise<object> {
  // On a disk: a file system in memory writes nothing.
  const folder = mkdtempSync(join(process.cwd(), 'node_modules/.cache-bench-buffer-'))
  try {
    const day = offlineDay(folder, seconds)
    say(JSON.stringify(day))
    const gigabytesPerDay: Record<string, number> = {}
    for (const [every, commits] of [
      [1, 2000],
      [10, 300],
    ] as const) {
      for (const sends of [false, true]) {
        using ours = new Ours(join(folder, `written-${every}-${sends}`), true)
        gigabytesPerDay[`every${every}s${sends ? 'Online' : 'Offline'}`] = written(ours, every, commits, sends)
      }
      rmSync(join(folder, 'rows.db'), { force: true })
      using rows = new Rows(folder, true)
      gigabytesPerDay[`every${every}sRows`] = written(rows, every, commits, false)
    }
    say(JSON.stringify(gigabytesPerDay))
    return Promise.resolve({ ...day, gigabytesPerDay })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
