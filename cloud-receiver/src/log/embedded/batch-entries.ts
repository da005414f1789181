import { isEntry, parseJson } from '@lineside/contract'
import type { Entry } from '@lineside/contract'
import type { Topic } from '../log.ts'
import type { StoreBatch } from './messages.ts'

const sampleEntry: Entry = { k: 'sample' }
const eventEntry: Entry = { k: 'event' }

/** The topic of a batch that names nothing and belongs to one topic alone: it is stored as it came. */
export function plainTopic({ kinds }: StoreBatch): Topic | undefined {
  if (/^s+$/.test(kinds)) return 'samples'
  return /^e+$/.test(kinds) ? 'events' : undefined
}

/** The entries' lines again. */
export function linesOf({ kinds, text }: StoreBatch): readonly string[] {
  return kinds === '' ? [] : new TextDecoder().decode(text).split('\n')
}

/** A batch's entries again. Only what names other batches is looked into; of the others the topic suffices. */
export function entriesOf({ kinds }: StoreBatch, lines: readonly string[]): readonly Entry[] {
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
