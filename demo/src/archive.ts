import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import type { Value } from '@lineside/contract'
import { parquetReadObjects } from 'hyparquet'
import type { ArchivedSample } from 'lineside-sim'

export interface ArchiveContent {
  readonly objects: number
  readonly rows: number
  readonly samples: readonly ArchivedSample[]
}

const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) }

/** Reads every object of an archive folder back and puts the rows of each sample together again. */
export async function readArchive(folder: string): Promise<ArchiveContent> {
  const objects = list(folder).filter(name => name.endsWith('.parquet'))
  const samples = new Map<string, { device: string; points: Record<string, Value>; quality: Record<string, string> }>()
  let rows = 0
  for (const name of objects) {
    const bytes = readFileSync(join(folder, name))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    for (const row of await parquetReadObjects({ file, compressors })) {
      rows++
      const key = `${row['gateway']}/${row['stream']}/${row['seq']}/${row['idx']}`
      let sample = samples.get(key)
      if (!sample) {
        sample = { device: String(row['device']), points: {}, quality: {} }
        samples.set(key, sample)
      }
      const point = String(row['point'])
      const value = valueOf(row)
      if (value !== undefined) sample.points[point] = value
      if (typeof row['quality'] === 'string') sample.quality[point] = row['quality']
    }
  }
  return { objects: objects.length, rows, samples: [...samples.values()] }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  } catch {
    return [] // nothing arrived at all: the comparison says so
  }
}

/** The value of a row, the exact one where there are two; undefined for a bad reading. */
function valueOf(row: Readonly<Record<string, unknown>>): Value | undefined {
  const { value_double: double, value_int: int, value_text: text } = row
  if (typeof int === 'bigint') return int
  if (typeof text === 'string') return typeof double === 'number' ? BigInt(text) : text
  return typeof double === 'number' ? double : undefined
}
