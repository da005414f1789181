import { loadConfig } from '../config/load.ts'
import { nodeConfigIo } from '../config/node-io.ts'
import type { BufferArgs } from './buffer.ts'
import { formatAge, formatColumns } from './columns.ts'
import type { CommandIo } from './command.ts'

/** Prints what waits, since when, and how long the room lasts. */
export function showStatus({ reader, configPath, json }: BufferArgs, io: CommandIo): number {
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
  const maxBytes = loadConfig(configPath, nodeConfigIo(io.env)).config?.storage.maxSizeBytes
  const rate = reader.bytesPerSecond()
  const lastsMs = lasting(maxBytes, usedBytes, rate)
  const quarantined = reader.quarantined()
  if (json) {
    const figures = {
      gateway: reader.gateway,
      waiting: total,
      oldest: Number.isFinite(oldestMs) ? new Date(oldestMs).toISOString() : null,
      usedBytes,
      maxBytes: maxBytes ?? null,
      bytesPerSecond: rate ?? null,
      lastsSeconds: lastsMs === undefined ? null : Math.round(lastsMs / 1000),
      streams,
      quarantined,
    }
    io.out(`${JSON.stringify(figures)}\n`)
    return 0
  }
  const room = maxBytes === undefined ? '' : ` of ${megabytes(maxBytes)}`
  io.out(`gateway ${reader.gateway}: buffer uses ${megabytes(usedBytes)}${room}\n`)
  if (total.batches === 0) io.out('nothing waits\n')
  else {
    const since = Number.isFinite(oldestMs) ? `, the oldest for ${formatAge(now - oldestMs)}` : ''
    io.out(`${total.readings} readings wait in ${total.batches} batches (${megabytes(total.bytes)})${since}\n`)
  }
  if (lastsMs !== undefined && rate !== undefined) {
    io.out(`at ${Math.round(rate)} bytes a second the room that is left lasts ${formatAge(lastsMs)}\n`)
  }
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

/** How long what is free lasts at this rate, ms; undefined where either is not known. */
function lasting(maxBytes: number | undefined, usedBytes: number, rate: number | undefined): number | undefined {
  if (maxBytes === undefined || rate === undefined || rate <= 0) return undefined
  return (Math.max(0, maxBytes - usedBytes) / rate) * 1000
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
