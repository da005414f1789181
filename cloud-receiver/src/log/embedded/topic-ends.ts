import type { AdmittedEntry } from '@lineside/contract'
import { topicOf, topics } from '../log.ts'
import type { Topic } from '../log.ts'
import { perTopic } from './per-topic.ts'
import type { Statements } from './statements.ts'
import { packRow, rowLength } from './stored-row.ts'
import type { RowPart } from './stored-row.ts'

/** Where one transaction's entries go: behind the end of their topic. */
export interface TopicEnds {
  /** Topics that get something. */
  write(stream: number, seq: number, entries: readonly AdmittedEntry[]): readonly Topic[]
  /** All of a batch to one topic, as it came. */
  writeWhole(topic: Topic, stream: number, part: RowPart): void
  save(): void
}

/** Consecutive batches of one stream that will share a row. */
interface OpenRow {
  readonly stream: number
  readonly parts: RowPart[]
  length: number
}

export function createTopicEnds({ insert, findEnds, saveEnd }: Statements, now: number): TopicEnds {
  const ends: Record<Topic, number> = { samples: 0, events: 0 }
  for (const row of findEnds.all()) ends[row.topic] = row.end
  const before = { ...ends }
  const open = perTopic((): OpenRow | undefined => undefined)

  function add(topic: Topic, stream: number, part: RowPart): void {
    const last = open[topic]
    const fits = last !== undefined && last.stream === stream && last.length < rowLength
    if (!fits) insertRow(topic)
    const row = fits ? last : { stream, parts: [], length: 0 }
    row.parts.push(part)
    row.length += part.text.byteLength
    open[topic] = row
  }

  function insertRow(topic: Topic): void {
    const row = open[topic]
    if (row === undefined) return
    const { count, seq, idx, body } = packRow(row.parts)
    insert[topic].run(ends[topic], count, row.stream, seq, now, idx, body)
    ends[topic] += count
  }

  return {
    write(stream, seq, entries) {
      const found = entriesByTopic(entries)
      const written = topics.filter(topic => found[topic].idx.length > 0)
      for (const topic of written) {
        const { lines, idx } = found[topic]
        add(topic, stream, { seq, count: idx.length, idx, text: Buffer.from(lines.join('\n')) })
      }
      return written
    },
    writeWhole: add,
    save() {
      for (const topic of topics) {
        insertRow(topic)
        open[topic] = undefined
        if (ends[topic] !== before[topic]) saveEnd.run(ends[topic], topic)
      }
    },
  }
}

function entriesByTopic(entries: readonly AdmittedEntry[]) {
  const found = perTopic((): { readonly lines: string[]; readonly idx: number[] } => ({ lines: [], idx: [] }))
  for (const { idx, entry, line } of entries) {
    const { lines, idx: places } = found[topicOf(entry.k)]
    lines.push(line)
    places.push(idx)
  }
  return found
}
