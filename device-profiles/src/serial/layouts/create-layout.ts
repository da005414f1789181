import type { SerialMessage } from '../profile.ts'
import { formatLayout } from './format.ts'
import type { Layout } from './layout.ts'
import { parseFormat } from './parse-format.ts'
import { splitLayout } from './split.ts'

/** The layout of a message of a checked profile. */
export function createLayout({ name, layout }: SerialMessage): Layout {
  if (layout.kind === 'split') return splitLayout(layout)
  const parsed = parseFormat(layout.format)
  if (parsed.ok) return formatLayout(parsed.format)
  throw new TypeError(`message ${name}: ${parsed.problem}`)
}
