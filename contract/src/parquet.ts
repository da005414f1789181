import { zstdCompressSync } from 'node:zlib'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { ColumnSource, SchemaElement } from 'hyparquet-writer'
import { archiveColumns } from './archive.ts'
import type { ArchiveRow } from './archive.ts'

/** One Parquet object as it grows: rows in, bytes out; the same rows in the same steps give the same bytes. */
export interface ParquetObject {
  /** Rows that wait for their row group. */
  readonly pending: number
  readonly rows: number
  add(row: ArchiveRow): void
  /** Closes the row group. */
  flush(): void
  /** The whole object; nothing can be added after it. */
  finish(): Uint8Array
}

type Columns = Record<(typeof archiveColumns)[number]['name'], unknown[]>

function emptyColumns(): Columns {
  return {
    gateway: [],
    device: [],
    point: [],
    t: [],
    value_double: [],
    value_int: [],
    value_text: [],
    quality: [],
    stream: [],
    seq: [],
    idx: [],
    t_until: [],
    readings: [],
    value_min: [],
    value_max: [],
  }
}

const schema: SchemaElement[] = [
  { name: 'root', num_children: archiveColumns.length },
  ...archiveColumns.map(({ name, type, nullable }): SchemaElement => {
    const element = { name, repetition_type: nullable ? ('OPTIONAL' as const) : ('REQUIRED' as const) }
    if (type === 'STRING') return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type } }
    if (type !== 'TIMESTAMP_MICROS') return { ...element, type }
    const logical = { type: 'TIMESTAMP' as const, isAdjustedToUTC: true, unit: 'MICROS' as const }
    return { ...element, type: 'INT64', converted_type: type, logical_type: logical }
  }),
]

const deltaCoded: ReadonlySet<string> = new Set(['t', 'seq', 'idx'])

export function createParquetObject(): ParquetObject {
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema,
    codec: 'ZSTD',
    compressors: { ZSTD: input => zstdCompressSync(input) },
    createdBy: 'lineside archive version 2',
  })
  let columns = emptyColumns()
  let pending = 0
  let rows = 0

  function flush(): void {
    if (pending === 0) return
    const columnData = archiveColumns.map(({ name }): ColumnSource => {
      const data = columns[name]
      return deltaCoded.has(name) ? { name, data, encoding: 'DELTA_BINARY_PACKED' } : { name, data }
    })
    // Without a flush() of its writer this returns when it is done.
    void parquet.write({ columnData, rowGroupSize: pending })
    columns = emptyColumns()
    pending = 0
  }

  return {
    get pending() {
      return pending
    },
    get rows() {
      return rows
    },
    add(row) {
      columns.gateway.push(row.gateway)
      columns.device.push(row.device)
      columns.point.push(row.point)
      columns.t.push(row.t)
      columns.value_double.push(row.valueDouble ?? null)
      columns.value_int.push(row.valueInt ?? null)
      columns.value_text.push(row.valueText ?? null)
      columns.quality.push(row.quality ?? null)
      columns.stream.push(row.stream)
      columns.seq.push(BigInt(row.seq))
      columns.idx.push(row.idx)
      const { summary } = row
      columns.t_until.push(summary?.until ?? null)
      columns.readings.push(summary === undefined ? null : BigInt(summary.readings))
      columns.value_min.push(summary?.min ?? null)
      columns.value_max.push(summary?.max ?? null)
      pending++
      rows++
    },
    flush,
    finish() {
      flush()
      void parquet.finish()
      return writer.getBytes()
    },
  }
}
