import type { ModbusLimits, ModbusPoint } from './profile.ts'
import { type ModbusTable, modbusTables } from './types.ts'

/** A run of registers or bits that one request must bring as a whole. */
export interface Span {
  readonly table: ModbusTable
  readonly start: number
  /** Exclusive. */
  readonly end: number
  readonly mergeable: boolean
  /** Points whose values lie in it. */
  readonly points: readonly ModbusPoint[]
}

/** One read: registers or bits `start` … `end` − 1 of a table. */
export type Block = Omit<Span, 'mergeable'>

/**
 * Reads that a device refuses: all that start before one address and end behind another. A hole that can't be read along
 * is `startsBefore` its first address and `endsBehind` its end; a run of registers that no read may touch the reverse.
 */
export interface Barrier {
  readonly table: ModbusTable
  readonly startsBefore: number
  /** Ends are exclusive: a read of 3 and 4 ends at 5, which is behind 4 and not behind 5. */
  readonly endsBehind: number
}

/** Fewest blocks that hold every span whole, under the device's limits, and reach over no barrier. */
export function coalesce(
  spans: readonly Span[],
  limits: ModbusLimits,
  barriers: readonly Barrier[] = [],
): readonly Block[] {
  return modbusTables.flatMap(table =>
    coalesceTable(
      spans.filter(span => span.table === table),
      table === 'coil' || table === 'discrete' ? limits.bits : limits.registers,
      table === 'coil' || table === 'discrete' ? limits.bitHole : limits.hole,
      barriers.filter(barrier => barrier.table === table),
    ),
  )
}

/**
 * From the left, each block takes in spans as long as they fit. That is optimal: a span that starts later and ends
 * earlier than one that doesn't fit lies inside it, so groups of neighbours lose nothing against other groupings.
 */
function coalesceTable(spans: readonly Span[], most: number, hole: number, barriers: readonly Barrier[]): Block[] {
  const alone = spans.filter(span => !span.mergeable)
  const sorted = spans.filter(span => span.mergeable).toSorted((a, b) => a.start - b.start || a.end - b.end)
  const blocks: { table: ModbusTable; start: number; end: number; points: ModbusPoint[] }[] = []
  for (const span of sorted) {
    const open = blocks.at(-1)
    const end = open ? Math.max(open.end, span.end) : span.end
    const isOpen = open && span.start - open.end <= hole && end - open.start <= most
    if (open && isOpen && !isBarred(open, span, end, barriers)) {
      open.end = end
      open.points.push(...span.points)
    } else {
      blocks.push({ table: span.table, start: span.start, end: span.end, points: [...span.points] })
    }
  }
  return [...blocks, ...alone]
}

/** Whether it is the growth to `end` that brings a block over a barrier. */
function isBarred(open: Block, span: Span, end: number, barriers: readonly Barrier[]): boolean {
  if (barriers.length === 0 || end === open.end || (span.start === open.start && span.end === end)) return false
  return barriers.some(({ startsBefore, endsBehind }) => open.start < startsBefore && end > endsBehind)
}

/** Points with what they need, and scale factors that can't be read together with their values. */
export function spansOf(points: readonly ModbusPoint[], limits: ModbusLimits): readonly Span[] {
  const far = new Map<string, Span>()
  const near = points.map(point => {
    const span = {
      table: point.table,
      start: point.address,
      end: point.address + point.count,
      mergeable: point.mergeable,
      points: [point],
    }
    const factor = point.scaleFrom
    if (!factor) return span
    const start = Math.min(span.start, factor.address)
    const end = Math.max(span.end, factor.address + 1)
    if (
      point.mergeable &&
      factor.table === point.table &&
      end - start <= limits.registers &&
      holeBetween(point) <= limits.hole
    ) {
      return { ...span, start, end }
    }
    far.set(`${factor.table} ${factor.address}`, {
      table: factor.table,
      start: factor.address,
      end: factor.address + 1,
      mergeable: true,
      points: [],
    })
    return span
  })
  return [...near, ...far.values()]
}

function holeBetween(point: ModbusPoint): number {
  const at = point.scaleFrom?.address ?? point.address
  return at < point.address ? point.address - at - 1 : Math.max(0, at - point.address - point.count)
}
