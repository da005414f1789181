import type { Database } from 'better-sqlite3'
import { rowChecksum } from './checksums.ts'
import type { StreamRow } from './streams.ts'

/** By what the entries of this moment are stamped, and whether that is right. */
export interface MomentClock {
  /** UTC ms at the zero of the machine's monotonic clock, as far as is known; never 0. */
  readonly zero: number
  readonly certain: boolean
}

/** What is known of the clock of one boot of the machine, from its first batch that was taken by a doubtful one. */
export interface BootClock {
  /** UTC ms at the zero of the machine's monotonic clock: the right one, or the last that was believed. */
  readonly zero: number
  /** `open`: may still come to be known; `known`; `unknown`: the boot ended before (protocol.md, C1). */
  readonly state: 'open' | 'known' | 'unknown'
}

const prefix = 'boot:'

/** What is kept of each boot; a row that is no longer as it was written counts as lost. */
function readBoots(db: Database): ReadonlyMap<string, BootClock> {
  const rows = db
    .prepare<[string], { key: string; value: string; crc: number }>('SELECT * FROM state WHERE key GLOB ?')
    .all(`${prefix}*`)
  const sound = rows.filter(({ key, value, crc }) => crc === rowChecksum(key, value))
  return new Map(sound.flatMap(({ key, value }) => clockOf(key.slice(prefix.length), value)))
}

function clockOf(boot: string, text: string): [boot: string, clock: BootClock][] {
  const [state, zero] = text.split(' ')
  if (state !== 'open' && state !== 'known' && state !== 'unknown') return []
  return Number.isSafeInteger(Number(zero)) ? [[boot, { state, zero: Number(zero) }]] : []
}

/** Key and text under which the clock of a boot is kept. */
export function bootState(boot: string, { state, zero }: BootClock): readonly [key: string, value: string] {
  return [prefix + boot, `${state} ${zero}`]
}

/** Boots as they are from now on: an earlier one can't come to be known any more, and goes once nothing of it waits. */
export function startBoot(db: Database, streams: Iterable<StreamRow>, current: string): ReadonlyMap<string, BootClock> {
  const waiting = new Set([...streams].filter(row => row.present.length > 0).map(row => row.boot))
  const boots = new Map(readBoots(db))
  for (const [boot, clock] of readBoots(db)) {
    if (boot === current) continue
    const [key, value] = bootState(boot, { ...clock, state: clock.state === 'open' ? 'unknown' : clock.state })
    if (!waiting.has(boot)) {
      boots.delete(boot)
      db.prepare('DELETE FROM state WHERE key = ?').run(key)
    } else if (clock.state === 'open') {
      boots.set(boot, { ...clock, state: 'unknown' })
      db.prepare('UPDATE state SET value = ?, crc = ? WHERE key = ?').run(value, rowChecksum(key, value), key)
    }
  }
  return boots
}

/** The boot whose batches must not be sent yet: their times may still come to be known (protocol.md, C1). */
export function heldBoot(
  boots: ReadonlyMap<string, BootClock>,
  current: string,
  clock: MomentClock | undefined,
): string | undefined {
  if (clock === undefined || clock.certain) return undefined
  return (boots.get(current)?.state ?? 'open') === 'open' ? current : undefined
}
