import { didYouMean } from '@lineside/settings'
import { closeSync, openSync, writeSync } from 'node:fs'
import { extname, resolve } from 'node:path'
import { exportParquet } from '../../buffer/reading/export-parquet.ts'
import { exportBuffer, exportFormats } from '../../buffer/reading/export.ts'
import type { ExportFormat, Exported } from '../../buffer/reading/export.ts'
import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import type { BufferArgs } from './arguments.ts'
import { type CommandIo, RefusedError, UsageError } from '../command.ts'
import { createProgress } from '../terminal/lasting.ts'
import { attempt } from '../terminal/text-files.ts'

const written = {
  csv: { what: 'readings', otherwise: 'are no samples, which --format ndjson has' },
  ndjson: { what: 'entries', otherwise: "can't be read; see lineside buffer verify" },
  parquet: { what: 'rows', otherwise: 'are neither samples nor summaries, which --format ndjson has' },
} as const

/** Writes what waits, or is in quarantine, to a file or to standard output. */
export function exportBatches(args: BufferArgs, io: CommandIo): number {
  const { reader, format: named, output, device } = args
  if (device !== undefined) refuseUnknown(device, args, io)
  const source = args.quarantine ? { batches: () => reader.quarantinedBatches() } : reader
  const wanted = named ?? exportFormats.find(known => output?.endsWith(`.${known}`)) ?? 'ndjson'
  const format = exportFormats.find(known => known === wanted)
  if (!format) throw new UsageError(`--format ${wanted}: write ${exportFormats.join(', ')}`)
  if (format === 'parquet' && output === undefined) {
    throw new UsageError('--format parquet needs a file: add --output readings.parquet')
  }
  using progress = createProgress(io, process.stderr.isTTY)
  const told = { batches: () => counting(source.batches(), count => progress.say(`batches read: ${count}`)) }
  const exported = format === 'parquet' ? toParquet() : toText(format)
  progress[Symbol.dispose]()
  const { rows, leftOut, unreadable } = exported
  io.err(`${rows} ${written[format].what} exported\n`)
  if (leftOut > 0) io.err(`${leftOut} entries were left out: they ${written[format].otherwise}\n`)
  if (unreadable === 0) return 0
  io.err(`${unreadable} batches can't be read; see lineside buffer verify\n`)
  return 1

  function toText(as: Exclude<ExportFormat, 'parquet'>): Exported {
    const file = output === undefined ? undefined : create(output)
    const options = { format: as, ...(device === undefined ? {} : { device }) }
    try {
      return exportBuffer(told, options, text =>
        file === undefined ? io.out(text) : writeAll(file, Buffer.from(text), output ?? ''),
      )
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }

  function toParquet(): Exported {
    let files = 0
    return exportParquet(told, device, bytes => {
      const name = numbered(output ?? '', ++files)
      const file = create(name)
      try {
        writeAll(file, bytes, name)
      } finally {
        closeSync(file)
      }
    })
  }

  function create(name: string): number {
    return attempt(() => openSync(resolve(io.cwd, name), 'wx', 0o600), name, {
      EEXIST: 'is there already, and is not written over; name another file, or remove it',
      ENOENT: 'can not be made: its folder is not there',
    })
  }
}

function* counting<T>(all: Iterable<T>, say: (count: number) => void): Generator<T> {
  let count = 0
  for (const each of all) {
    say(++count)
    yield each
  }
}

/** A device that neither has readings here nor is configured is a slip of the pen. */
function refuseUnknown(device: string, { reader, configPath }: BufferArgs, io: CommandIo): void {
  const configured = loadConfig(configPath, nodeConfigIo(io.env)).config?.devices.keys() ?? []
  const known = new Set([reader.gateway, ...reader.devices(), ...configured])
  if (known.has(device)) return
  const meant = didYouMean(device, known)
  throw new RefusedError(
    `--device ${device}: no device of this name was ever in this buffer${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  )
}

/** `readings.parquet`, then `readings-2.parquet` and so on. */
function numbered(name: string, n: number): string {
  const end = extname(name)
  return n === 1 ? name : `${name.slice(0, name.length - end.length)}-${n}${end}`
}

function writeAll(file: number, bytes: Uint8Array, name: string): void {
  attempt(
    () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    },
    name,
    { ENOSPC: 'is not whole: the disk is full; remove it' },
  )
}
