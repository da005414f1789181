import { closeSync, openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { exportBuffer, exportFormats } from '../buffer/export.ts'
import type { BufferArgs } from './buffer.ts'
import type { CommandIo } from './command.ts'

/** Writes what waits to a file or to standard output. */
export function exportWaiting({ reader, format: named, output, device }: BufferArgs, io: CommandIo): number {
  const wanted = named ?? (output?.endsWith('.csv') === true ? 'csv' : 'ndjson')
  const format = exportFormats.find(known => known === wanted)
  if (!format) {
    io.err(`--format ${wanted}: write ${exportFormats.join(' or ')}\n`)
    return 2
  }
  let file: number | undefined
  try {
    file = output === undefined ? undefined : openSync(resolve(io.cwd, output), 'wx', 0o600)
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
  const write = (text: string) => (file === undefined ? io.out(text) : writeAll(file, text))
  const options = { format, ...(device === undefined ? {} : { device }) }
  const { rows, leftOut, unreadable } = exportBuffer(reader, options, write)
  if (file !== undefined) closeSync(file)
  io.err(`${rows} ${format === 'csv' ? 'readings' : 'entries'} exported\n`)
  if (leftOut > 0) io.err(`${leftOut} entries that are no samples were left out; --format ndjson has them\n`)
  if (unreadable === 0) return 0
  io.err(`${unreadable} batches can't be read; see lineside buffer verify\n`)
  return 1
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}
