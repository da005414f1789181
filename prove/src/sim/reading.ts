import type { Entry } from '@lineside/contract'
import { undecodableMark } from './receiver.ts'

/** What a device gives. */
export type Reading = 'good' | 'text' | 'alarm' | 'invalid' | 'undecodable'

/** The entry that it becomes; `number` is where the walk knows it by. */
export function entryOf(reading: Reading, number: number, t: number): Entry {
  if (reading === 'alarm') {
    const id = `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`
    const words = { event: 'raised', state: 'unacknowledged', priority: 'high', text: 'too hot' }
    return { k: 'alarm', t, device: 'd', alarm: 'hot', id, ...words, value: number }
  }
  // No summary can stand for a text.
  if (reading === 'text') return { k: 'sample', device: 'd', t, values: { n: String(number) } }
  const sample = { k: 'sample', device: 'd', t, values: { n: number, p: 1 } }
  if (reading === 'invalid') return { ...sample, quality: { p: 'nonsense' } }
  if (reading === 'undecodable') return JSON.parse(JSON.stringify(sample).replace('"p":1}', undecodableMark)) as Entry
  return sample
}
