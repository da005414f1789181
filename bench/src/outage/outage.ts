import { decodeRequest, isKind, systemClock } from '@lineside/contract'
import { Secret } from '@lineside/settings'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import type { BatchBuffer } from '../../../agent/src/buffer/api.ts'
import { openBuffer } from '../../../agent/src/buffer/buffer.ts'
import type { Post } from '../../../agent/src/uplink/api.ts'
import { createPost } from '../../../agent/src/uplink/http.ts'
import { createUplink } from '../../../agent/src/uplink/uplink.ts'
import { freePorts } from '../../../demo/src/free-ports.ts'
import { rounded } from '../figures.ts'
import { devices, gateway, points } from './plant.ts'

export interface OutageFigures {
  readonly hours: number
  readonly backlogReadings: number
  readonly backlogMb: number
  /** From the reconnect until the receiver has acknowledged what was read last before it. */
  readonly newestSeconds: number
  readonly drainSeconds: number
  /** Seconds of readings drained in a second, beside the ones that come. */
  readonly timesRealTime: number
  /** Ticks of the poll loop, each 100 ms, that came more than one late. */
  readonly polls: number
  readonly missedPolls: number
  /** The same in the 15 s before the reconnect, for what the machine makes of it. */
  readonly missedPollsOffline: number
  readonly rssOfflineMb: number
  readonly rssPeakMb: number
  readonly rssGrowthMb: number
}

const root = join(import.meta.dirname, '../../..')
const tickMs = 100

/** A day offline at 1,000 readings a second, then the receiver is back; readings go on coming all the while. */
export async function benchOutage(hours: number, say: (text: string) => void): Promise<OutageFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-outage-'))
  const path = join(folder, 'buffer')
  const programs: ChildProcess[] = []
  try {
    say(`prepares a buffer of ${hours} hours`)
    const args = ['--conditions=source', join(import.meta.dirname, 'prepare.ts'), path, String(hours)]
    const prepared = execFileSync(process.execPath, [...args, String(Date.now())], { encoding: 'utf8' })
    const { readings, bytes }: { readings: number; bytes: number } = JSON.parse(prepared)
    say(`${readings} readings wait, ${rounded(bytes / 1e6)} MB`)
    const post = createPost(await startReceiver(folder, programs))
    const log = pino({ level: 'silent' })
    const settings = {
      path,
      gateway,
      maxSizeBytes: 4e9,
      commitEveryMs: 1000,
      clock: systemClock,
      log,
      newId: randomUUID,
    }
    await using buffer = await openBuffer(settings)
    const plant = startPlant(buffer)
    await wait(15_000)
    globalThis.gc?.()
    const rssOffline = process.memoryUsage.rss()
    const missedPollsOffline = plant.counts().missedPolls
    const reconnect = performance.now()
    const newest = watchNewest(post, Date.now() - 1000)
    const uplink = createUplink({
      gateway,
      buffer,
      post: (body, signal) => newest.post(body, signal),
      clock: systemClock,
      random: Math.random,
      log,
    })
    uplink.start()
    let rssPeak = rssOffline
    while (buffer.stats().waiting.readings > 5000) {
      rssPeak = Math.max(rssPeak, process.memoryUsage.rss())
      await wait(50)
    }
    const drainSeconds = (performance.now() - reconnect) / 1000
    await uplink.stop()
    plant[Symbol.dispose]()
    return {
      hours,
      backlogReadings: readings,
      backlogMb: rounded(bytes / 1e6),
      newestSeconds: rounded(((newest.at() ?? Number.NaN) - reconnect) / 1000),
      drainSeconds: rounded(drainSeconds),
      timesRealTime: Math.round(readings / (devices * points) / drainSeconds),
      polls: plant.counts().polls,
      missedPolls: plant.counts().missedPolls - missedPollsOffline,
      missedPollsOffline,
      rssOfflineMb: Math.round(rssOffline / 1e6),
      rssPeakMb: Math.round(rssPeak / 1e6),
      rssGrowthMb: Math.round((rssPeak - rssOffline) / 1e6),
    }
  } finally {
    for (const program of programs) {
      program.kill('SIGKILL')
      await once(program, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startReceiver(folder: string, programs: ChildProcess[]) {
  const [port = 0] = await freePorts(1)
  writeFileSync(join(folder, 'receiver.yaml'), `listen: "127.0.0.1:${port}"\ndata: ./data\narchive: off\n`)
  const main = ['--conditions=source', join(root, 'cloud-receiver/src/main.ts')]
  const add = [...main, 'gateway', 'add', gateway, '--config', 'receiver.yaml']
  const token = execFileSync(process.execPath, add, { cwd: folder, encoding: 'utf8' }).trim()
  programs.push(spawn(process.execPath, [...main, 'run', 'receiver.yaml'], { cwd: folder, stdio: 'ignore' }))
  await wait(3000)
  return { url: new URL(`http://127.0.0.1:${port}`), token: new Secret(token) }
}

/** Polls that go on whatever the uplink does: a tenth of the devices in each tenth of a second. */
function startPlant(buffer: BatchBuffer) {
  const counts = { polls: 0, missedPolls: 0 }
  let due = performance.now() + tickMs
  const timer = setInterval(() => {
    const now = performance.now()
    counts.polls++
    const late = Math.floor((now - due) / tickMs)
    if (late >= 1) counts.missedPolls += late
    due = now + tickMs
    for (let i = 0; i < devices / 10; i++) {
      const device = (counts.polls * (devices / 10) + i) % devices
      const values = Object.fromEntries(Array.from({ length: points }, (_, p) => [`p${p}`, Math.random()]))
      buffer.append('data', { k: 'sample', device: `d${device}`, t: Date.now(), values })
    }
  }, tickMs)
  return { counts: () => counts, [Symbol.dispose]: () => clearInterval(timer) }
}

/** Notes when the first readings are acknowledged that were taken from `since` on. */
function watchNewest(post: Post, since: number) {
  let at: number | undefined
  return {
    at: () => at,
    async post(body: Uint8Array, signal: AbortSignal) {
      const isNewest = at === undefined && holdsFrom(body, since)
      const answer = await post(body, signal)
      if (isNewest && answer.kind === 'response' && answer.status === 200) at ??= performance.now()
      return answer
    },
  }
}

function holdsFrom(body: Uint8Array, since: number): boolean {
  const request = decodeRequest(gunzipSync(body))
  if (!request.ok) return false
  return request.batches.some(({ entries }) => entries.some(entry => isKind(entry, 'sample') && entry.t >= since))
}
