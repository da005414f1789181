import * as z from 'zod'
import { describeValue } from './value-words.ts'

const factors: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}
const form = /^(\d{1,9}(?:\.\d{1,3})?)(B|[kK]B|MB|GB|TB|KiB|MiB|GiB|TiB)$/
const notSize = (issue: { input?: unknown }) =>
  `${describeValue(issue.input)} is not a size; ${respelled(issue.input) ?? 'write for instance 2GB (10^9 bytes), 2GiB or 512KiB'}`

/** `500 mb` and `0,5 G` are meant as `500MB` and `0.5GB`; what a number alone is meant as nobody knows. */
function respelled(input: unknown): string | undefined {
  if (typeof input === 'number' && input > 0) return `write it with its unit, for instance ${input}MB`
  const [, amount = '', prefix = '', binary = ''] =
    /^\s*(\d+(?:[.,]\d+)?)\s*([kmgt])(i?)(?:b|bytes?)?\s*$/i.exec(String(input)) ?? []
  if (amount === '') return undefined
  const letter = prefix.toUpperCase()
  return `write ${amount.replace(',', '.')}${binary === '' ? (letter === 'K' ? 'kB' : `${letter}B`) : `${letter}iB`}`
}

/** `2GB` (10^9) or `2GiB` (2^30) → bytes, ≥ 0, whole. */
export const size = z
  .string({ error: notSize })
  .regex(form, { error: notSize })
  .transform(text => {
    const [, amount = '0', unit = 'B'] = form.exec(text) ?? []
    return Math.round(Number(amount) * (factors[unit] ?? 1))
  })
  .meta({ description: 'a size: 2GB (10^9 bytes), 2GiB (2^30 bytes) or 512KiB', examples: ['2GB', '512MiB'] })

/** A number of bytes as a person reads it, in powers of ten: `8GB`, `1.5MB`. */
export function formatSize(bytes: number): string {
  for (const unit of ['TB', 'GB', 'MB', 'kB'] as const) {
    const factor = factors[unit] ?? 1
    if (bytes >= factor) return `${Number((bytes / factor).toFixed(2))}${unit}`
  }
  return `${bytes}B`
}
