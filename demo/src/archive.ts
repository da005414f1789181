import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { type ArchiveRow, isQuality } from '@lineside/contract'
import { parquetReadObjects } from 'hyparquet'
import { type ArchivedSample, archivedSamples } from 'lineside-sim'

export interface ArchiveContent {
  readonly objects: number
  readonly rows: number
  readonly samples: readonly ArchivedSample[]
}

const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) }

/** Reads every object of an archive folder back and puts the rows of each sample together again. */
export async function readArchive(folder: string): Promise<ArchiveContent> {
  const objects = list(folder).filter(name => name.endsWith('.parquet'))
  const rows = await readRows(folder, objects)
  return { objects: objects.length, rows: rows.length, samples: archivedSamples(rows) }
}

/** The rows of every object of an archive folder; none where the folder is not there. */
export function readArchiveRows(folder: string): Promise<ArchiveRow[]> {
  return readRows(
    folder,
    list(folder).filter(name => name.endsWith('.parquet')),
  )
}

async function readRows(folder: string, objects: readonly string[]): Promise<ArchiveRow[]> {
  const rows: ArchiveRow[] = []
  for (const name of objects) {
    const bytes = readFileSync(join(folder, name))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    for (const record of await parquetReadObjects({ file, compressors })) rows.push(rowOf(record))
  }
  return rows
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  } catch {
    return [] // nothing arrived at all: the comparison says so
  }
}

function rowOf(record: Readonly<Record<string, unknown>>): ArchiveRow {
  const { value_double: double, value_int: int, value_text: text, quality, t } = record
  return {
    gateway: String(record['gateway']),
    device: String(record['device']),
    point: String(record['point']),
    t: microseconds(t),
    valueDouble: typeof double === 'number' ? double : undefined,
    valueInt: typeof int === 'bigint' ? int : undefined,
    valueText: typeof text === 'string' ? text : undefined,
    quality: isQuality(quality) ? quality : undefined,
    stream: String(record['stream']),
    seq: Number(record['seq']),
    idx: Number(record['idx']),
    ...summaryOf(record),
  }
}

/** Older objects lack its columns. */
function summaryOf(record: Readonly<Record<string, unknown>>): Pick<ArchiveRow, 'summary'> {
  const { t_until: until, readings, value_min: min, value_max: max } = record
  if (typeof readings !== 'bigint') return {}
  return { summary: { until: microseconds(until), readings: Number(readings), min: Number(min), max: Number(max) } }
}

function microseconds(t: unknown): bigint {
  return t instanceof Date ? BigInt(t.getTime()) * 1000n : BigInt(String(t))
}
