import { readFileSync } from 'node:fs'

/** What a process has used so far, as Linux accounts for it. */
export interface ProcessCost {
  /** User and system time, all threads, µs. */
  readonly cpuUs: number
  /** Resident now, bytes. */
  readonly rssBytes: number
  /** Handed to the block layer, bytes. */
  readonly writtenBytes: number
}

/** Clock ticks of /proc are hundredths of a second on every Linux that matters (proc(5), sysconf(_SC_CLK_TCK)). */
const tickUs = 10_000
const pageBytes = 4096

/** Reads the cost of a process from /proc (proc(5)). Throws where there is no such process. */
export function readProcessCost(pid: number): ProcessCost {
  // The name in brackets may hold blanks: fields are counted from behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  const io = readFileSync(`/proc/${pid}/io`, 'utf8')
  return {
    cpuUs: (field(14) + field(15)) * tickUs,
    rssBytes: field(24) * pageBytes,
    writtenBytes: Number(/write_bytes: (\d+)/.exec(io)?.[1] ?? 0),
  }
}
