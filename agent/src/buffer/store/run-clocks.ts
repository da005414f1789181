import type { Database } from 'better-sqlite3'
import type { MomentClock } from '../api.ts'
import { rowChecksum } from '../file/checksums.ts'
import type { StreamRow } from './streams.ts'

/** What is known of the clock of one run of the agent, from its first batch that was taken by a doubtful one. */
export interface RunClock {
  /** UTC ms at the zero of the machine's monotonic clock: the right one, or the last that was believed. */
  readonly zero: number
  /** `open`: may still come to be known; `known`; `unknown`: the boot ended before (protocol.md, C1). */
  readonly state: 'open' | 'known' | 'unknown'
}

/** One run in one boot of the machine; 0 where a salvage didn't find which. */
export interface Run {
  readonly boot: string
  readonly run: number
}

/** By run; `boot` alone, as older agents kept it, goes for each of that boot that has none of its own. */
export type RunClocks = ReadonlyMap<string, RunClock>

const prefix = 'boot:'

export function runKey({ boot, run }: Run): string {
  return run === 0 ? boot : `${boot}/${run}`
}

function isOfBoot(key: string, boot: string): boolean {
  return key === boot || key.startsWith(`${boot}/`)
}

/** What is known of the clock of a run: by what another run found out it is never corrected. */
function clockKey(clocks: RunClocks, of: Run): string | undefined {
  const own = [runKey(of), of.boot].find(key => clocks.has(key))
  return own ?? (of.run === 0 ? [...clocks.keys()].findLast(key => isOfBoot(key, of.boot)) : undefined)
}

export function clockOf(clocks: RunClocks, of: Run): RunClock | undefined {
  return clocks.get(clockKey(clocks, of) ?? '')
}

/** What is kept of each run, in their order; a row that is no longer as it was written counts as lost. */
function readClocks(db: Database): RunClocks {
  const rows = db
    .prepare<[string], { key: string; value: string; crc: number }>('SELECT * FROM state WHERE key GLOB ?')
    .all(`${prefix}*`)
  const sound = rows.filter(({ key, value, crc }) => crc === rowChecksum(key, value))
  const clocks = sound.flatMap(({ key, value }) => parseClock(key.slice(prefix.length), value))
  return new Map(clocks.toSorted(([a], [b]) => runOf(a) - runOf(b)))
}

function runOf(key: string): number {
  return Number(key.split('/')[1] ?? 0)
}

function parseClock(key: string, text: string): [key: string, clock: RunClock][] {
  const [state, zero] = text.split(' ')
  if (state !== 'open' && state !== 'known' && state !== 'unknown') return []
  return Number.isSafeInteger(Number(zero)) ? [[key, { state, zero: Number(zero) }]] : []
}

/** Key and text under which the clock of a run is kept. */
export function clockState(key: string, { state, zero }: RunClock): readonly [key: string, value: string] {
  return [prefix + key, `${state} ${zero}`]
}

/** Clocks as they are from now on: of an earlier boot none can come to be known, and each goes once nothing of it waits. */
export function startClocks(db: Database, streams: Iterable<StreamRow>, current: string): RunClocks {
  const found = readClocks(db)
  const waiting = [...streams].filter(row => row.present.length > 0)
  const used = new Set(waiting.map(row => clockKey(found, row)))
  const clocks = new Map(found)
  for (const [key, clock] of found) {
    const ended: RunClock = { ...clock, state: 'unknown' }
    const [name, value] = clockState(key, ended)
    if (!used.has(key)) {
      clocks.delete(key)
      db.prepare('DELETE FROM state WHERE key = ?').run(name)
    } else if (clock.state === 'open' && !isOfBoot(key, current)) {
      clocks.set(key, ended)
      db.prepare('UPDATE state SET value = ?, crc = ? WHERE key = ?').run(value, rowChecksum(name, value), name)
    }
  }
  return clocks
}

/** Zeros that differ by less are one: each run rounds its own. */
export const roundingMs = 100

/**
 * What this moment of a run teaches of the runs of its boot that are still open. What a run knew already stays, also where
 * this is better: later entries in the same streams were stamped by it. So does a zero of another run that was right.
 */
export function learned(clocks: RunClocks, current: Run, { zero, foundZero = zero }: MomentClock): RunClocks {
  const own = runKey(current)
  const open = [...clocks].filter(([key, { state }]) => state === 'open' && isOfBoot(key, current.boot))
  const wasRight = (key: string, clock: RunClock) => key !== own && Math.abs(clock.zero - foundZero) < roundingMs
  return new Map(
    open.map(([key, clock]) => [key, { state: 'known', zero: wasRight(key, clock) ? clock.zero : foundZero }]),
  )
}

/** Whether the batches of a run must not be sent yet: their times may still come to be known (protocol.md, C1). */
export function isHeld(clocks: RunClocks, of: Run | undefined, boot: string, clock: MomentClock | undefined): boolean {
  if (clock === undefined || clock.certain) return false
  return of?.boot === boot && (clockOf(clocks, of)?.state ?? 'open') === 'open'
}
