import { zstdCompressSync } from 'node:zlib'
import type { AdmittedEntry } from '@lineside/contract'
import { topicOf, topics } from '../log.ts'
import type { Topic } from '../log.ts'
import type { Statements } from './statements.ts'

interface Part {
  readonly lines: string[]
  readonly idx: number[]
}

/** Where one transaction's entries go: behind the end of their topic. */
export interface TopicEnds {
  /** Topics that got something. */
  write(stream: number, seq: number, entries: readonly AdmittedEntry[]): readonly Topic[]
  save(): void
}

export function createTopicEnds({ insert, findEnds, saveEnd }: Statements, now: number): TopicEnds {
  const ends: Record<Topic, number> = { samples: 0, events: 0 }
  for (const row of findEnds.all()) ends[row.topic] = row.end
  const before = { ...ends }
  return {
    write(stream, seq, entries) {
      const parts = partsOf(entries)
      const written = topics.filter(topic => parts[topic].lines.length > 0)
      for (const topic of written) {
        const { lines, idx } = parts[topic]
        const places = idx.every((place, i) => place === i) ? null : JSON.stringify(idx)
        const body = zstdCompressSync(lines.join('\n'))
        insert[topic].run(ends[topic], lines.length, stream, seq, now, places, body)
        ends[topic] += lines.length
      }
      return written
    },
    save() {
      for (const topic of topics) if (ends[topic] !== before[topic]) saveEnd.run(ends[topic], topic)
    },
  }
}

function partsOf(entries: readonly AdmittedEntry[]): Record<Topic, Part> {
  const parts: Record<Topic, Part> = { samples: { lines: [], idx: [] }, events: { lines: [], idx: [] } }
  for (const { idx, entry, line } of entries) {
    const part = parts[topicOf(entry.k)]
    part.lines.push(line)
    part.idx.push(idx)
  }
  return parts
}
