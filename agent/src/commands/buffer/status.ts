import { counted } from '../terminal/counted.ts'
import { formatSize } from '@lineside/settings'
import { freeBytesOf } from '../../buffer/file/free-bytes.ts'
import { retentionOrder, roomFor } from '../../buffer/retention/room.ts'
import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import type { BufferView } from '../../control/answers.ts'
import { askAgent } from '../../control/ask.ts'
import type { BufferArgs } from './arguments.ts'
import { formatAge, formatColumns } from '../terminal/columns.ts'
import type { CommandIo } from '../command.ts'

/** Prints what waits, since when, and how long the room lasts. */
export async function showStatus(
  { reader, configPath, storagePath, json }: BufferArgs,
  io: CommandIo,
): Promise<number> {
  const now = Date.now()
  const streams = reader.waiting()
  const total = streams.reduce(
    (sum, { batches, readings, bytes }) => ({
      batches: sum.batches + batches,
      readings: sum.readings + readings,
      bytes: sum.bytes + bytes,
    }),
    { batches: 0, readings: 0, bytes: 0 },
  )
  const oldestMs = streams.reduce((oldest, stream) => Math.min(oldest, stream.oldestMs ?? oldest), Infinity)
  const usedBytes = reader.usedBytes()
  const storage = loadConfig(configPath, nodeConfigIo(io.env)).config?.storage
  const { maxSizeBytes: maxBytes, minFreeBytes, maxAgeMs } = storage ?? {}
  const freeBytes = freeBytesOf(storagePath)
  const fileBytes = reader.fileBytes()
  // Whatever the rules allow, no more can be written than there is.
  const room =
    storage &&
    Math.min(roomFor({ limitBytes: storage.maxSizeBytes, fileBytes, freeBytes, ...storage }), fileBytes + freeBytes)
  const rate = reader.bytesPerSecond()
  const agent = await runningAgent(storagePath)
  const lastsMs = agent?.failing === undefined ? lasting(room, usedBytes, rate) : undefined
  const quarantined = reader.quarantined()
  if (json) {
    const figures = {
      gateway: reader.gateway,
      waiting: total,
      oldest: Number.isFinite(oldestMs) ? new Date(oldestMs).toISOString() : null,
      usedBytes,
      maxBytes: maxBytes ?? null,
      freeBytes,
      minFreeBytes: minFreeBytes ?? null,
      roomBytes: room ?? null,
      agent: agent === undefined ? null : { failing: agent.failing ?? null },
      maxAgeSeconds: maxAgeMs === undefined ? null : maxAgeMs / 1000,
      order: retentionOrder,
      bytesPerSecond: rate ?? null,
      lastsSeconds: lastsMs === undefined ? null : Math.round(lastsMs / 1000),
      streams,
      quarantined,
    }
    io.out(`${JSON.stringify(figures)}\n`)
    return 0
  }
  const size = maxBytes === undefined ? '' : ` of ${formatSize(maxBytes)}`
  io.out(`gateway ${reader.gateway}: buffer uses ${formatSize(usedBytes)}${size}\n`)
  if (agent?.failing !== undefined) {
    io.out(`failing: the disk refuses what the agent writes, readings wait in its memory: ${agent.failing}\n`)
  }
  if (room !== undefined && room < (maxBytes ?? 0)) {
    const floor = formatSize(minFreeBytes ?? 0)
    io.out(
      `the disk has ${formatSize(freeBytes)} free, min_free is ${floor}: the buffer may take ${formatSize(room)}\n`,
    )
  }
  if (total.batches === 0) io.out('nothing waits\n')
  else {
    const since = Number.isFinite(oldestMs) ? `, the oldest for ${formatAge(now - oldestMs)}` : ''
    const wait = `${counted(total.readings, 'reading')} ${total.readings === 1 ? 'waits' : 'wait'}`
    io.out(`${wait} in ${counted(total.batches, 'batch')} (${formatSize(total.bytes)})${since}\n`)
  }
  if (lastsMs !== undefined && rate !== undefined) {
    io.out(`at ${Math.round(rate)} bytes a second the room that is left lasts ${formatAge(lastsMs)}\n`)
  }
  io.out(`where room is short, in this order: ${retentionOrder.join('; ')}\n`)
  if (maxAgeMs !== undefined) io.out(`what has waited for ${formatAge(maxAgeMs)} goes in any case\n`)
  const rows = streams.map(({ kind, run, batches, readings, oldestMs: since, stream }) => [
    kind,
    String(run),
    String(batches),
    String(readings),
    since === undefined ? '' : formatAge(now - since),
    stream,
  ])
  if (rows.length > 0) io.out(formatColumns([['KIND', 'RUN', 'BATCHES', 'READINGS', 'SINCE', 'STREAM'], ...rows]))
  for (const { stream, seq, reason, message } of quarantined) {
    io.out(`in quarantine: ${stream}/${seq}, ${reason}: ${message}\n`)
  }
  return 0
}

const agentTimeoutMs = 2000

/** What the running agent knows and the file does not tell; undefined where none answers. */
export async function runningAgent(storagePath: string): Promise<BufferView | undefined> {
  const answer = await askAgent(storagePath, 'status', undefined, agentTimeoutMs)
  return answer.ok ? answer.body.buffer : undefined
}

/** How long what is free lasts at this rate, ms; undefined where either is not known. */
function lasting(maxBytes: number | undefined, usedBytes: number, rate: number | undefined): number | undefined {
  if (maxBytes === undefined || rate === undefined || rate <= 0) return undefined
  return (Math.max(0, maxBytes - usedBytes) / rate) * 1000
}
