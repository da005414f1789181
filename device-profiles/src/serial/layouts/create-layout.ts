import type { Params } from '../../values/point.ts'
import type { SerialMessage } from '../profile.ts'
import { formatLayout } from './format.ts'
import type { Layout } from './layout.ts'
import { obisLayout } from './obis.ts'
import { parseFormat } from './parse-format.ts'
import { splitLayout } from './split.ts'

/** The layout of a message of a checked profile. `proven`: a checksum says that what it reads is whole. */
export function createLayout({ name, layout }: SerialMessage, params: Params, proven: boolean): Layout {
  if (layout.kind === 'obis') return obisLayout(layout, params, proven)
  if (layout.kind === 'split') return splitLayout(layout)
  const parsed = parseFormat(layout.format)
  if (parsed.ok) return formatLayout(parsed.format)
  throw new TypeError(`message ${name}: ${parsed.problem}`)
}
