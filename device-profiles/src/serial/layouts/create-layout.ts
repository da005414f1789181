import type { Params } from '../../values/point.ts'
import type { SerialMessage } from '../profile.ts'
import { formatLayout } from './format.ts'
import { jsonLayout } from './json.ts'
import type { Layout } from './layout.ts'
import { obisLayout } from './obis.ts'
import { pairsLayout } from './pairs.ts'
import { parseFormat } from './parse-format.ts'
import { regexLayout } from './regex/regex.ts'
import { splitLayout } from './split.ts'
import { titledLayout } from './titled.ts'

/** The layout of a message of a checked profile. `proven`: a checksum says that what it reads is whole. */
export function createLayout({ name, layout }: SerialMessage, params: Params, proven: boolean): Layout {
  switch (layout.kind) {
    case 'obis':
      return obisLayout(layout, params, proven)
    case 'split':
      return splitLayout(layout)
    case 'titled':
      return titledLayout(layout)
    case 'pairs':
      return pairsLayout(layout)
    case 'json':
      return jsonLayout(layout, params)
    case 'regex':
      return regexLayout(layout)
    case 'format': {
      const parsed = parseFormat(layout.format)
      if (parsed.ok) return formatLayout(parsed.format)
      throw new TypeError(`message ${name}: ${parsed.problem}`)
    }
    default:
      return layout satisfies never
  }
}
