import { isEntry, parseJson } from '@lineside/contract'
import type { Entry } from '@lineside/contract'
import type { StoreBatch } from './messages.ts'

const sampleEntry: Entry = { k: 'sample' }
const eventEntry: Entry = { k: 'event' }

/** A batch's entries again. Only gaps and summaries are looked into; of the others the topic suffices. */
export function entriesOf({ kinds, lines }: StoreBatch): readonly Entry[] {
  return lines.map((line, idx) => {
    const kind = kinds[idx]
    return kind === 's' ? sampleEntry : kind === 'e' ? eventEntry : parseEntry(line)
  })
}

/** Ingest has checked the line; here it only becomes an entry again. */
function parseEntry(line: string): Entry {
  const value = parseJson(line)
  if (!isEntry(value)) throw new Error('an unchecked entry came to the log')
  return value
}
