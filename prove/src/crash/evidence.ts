import { readFileSync } from 'node:fs'
import { systemClock } from '@lineside/contract'
import type { JournaledBatch } from '../../../agent/src/buffer/store/commit-journal.ts'
import { openEmbeddedLog } from '../../../cloud-receiver/src/log/embedded/embedded-log.ts'
import { topics } from '../../../cloud-receiver/src/log/log.ts'

/** One entry in the receiver's log. */
export interface LoggedEntry {
  readonly stream: string
  readonly seq: number
  readonly idx: number
  readonly json: string
}

/** The agent's commit journal; a last line that a kill cut off was never sent and is left out. */
export function readJournal(file: string): JournaledBatch[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.flatMap((line, index) => {
    if (line === '') return []
    try {
      return [JSON.parse(line) as JournaledBatch]
    } catch {
      // A kill may have torn it; the next life of the agent wrote on behind it.
      return tornThenWhole(line, index)
    }
  })
}

function tornThenWhole(line: string, index: number): JournaledBatch[] {
  const at = line.lastIndexOf('{"stream":')
  if (at < 0) throw new Error(`commit journal, line ${index + 1}: ${line.slice(0, 100)}`)
  try {
    return [JSON.parse(line.slice(at)) as JournaledBatch]
  } catch {
    return []
  }
}

/** Everything that the receiver's log holds, once the receiver has ended. */
export async function readLog(path: string): Promise<LoggedEntry[]> {
  await using log = await openEmbeddedLog({ path, clock: systemClock })
  const found: LoggedEntry[] = []
  for (const topic of topics) {
    const end = await log.end(topic, 0)
    for (let from = 0; from < end; ) {
      const records = await log.read(topic, 0, from, end, 10_000)
      for (const { stream, seq, idx, json } of records) found.push({ stream, seq, idx, json })
      from = (records.at(-1)?.offset ?? end) + 1
    }
  }
  return found
}
