import { stringifyJson } from '@lineside/contract'
import { compilePath, lookUp, putAt } from '../../mqtt/json-path.ts'
import { readJson, readText } from '../../mqtt/read-payload.ts'
import { parseDecimal, parseWhole } from '../../values/number-text.ts'
import type { Params } from '../../values/point.ts'
import { scalarText } from '../../values/read-raw.ts'
import { bytesOf, textOf } from '../bytes.ts'
import type { JsonLayout } from '../profile.ts'
import { damaged, type Layout } from './layout.ts'

const bareWord = /[:[,]\s*[-+]?(?:nan|inf)/i
const stringOrWord = /"(?:[^"\\]|\\.)*"|[-+]?\b(?:nan|inf|infinity)\b/gi

/** A line of JSON. */
export function jsonLayout(layout: JsonLayout, params: Params): Layout {
  const match = [...layout.match].map(([path, texts]) => ({ path: compilePath(path, params), texts }))
  const paths = [...layout.fields.values()].map(path => compilePath(path, params))
  return {
    fields: [...layout.fields.keys()],
    sparse: true,
    read(text) {
      if (!/^\s*[{[]/.test(text)) return 'other'
      const utf8 = readText(bytesOf(text))
      const json = utf8.ok ? readJson(withoutNan(utf8.value)) : utf8
      if (!json.ok) return damaged(json.text)
      const fits = match.every(({ path, texts }) => texts.includes(scalarText(lookUp(json.value, path)) ?? ''))
      const found = paths.map(path => lookUp(json.value, path))
      return fits && found.some(value => value !== undefined) ? found : 'other'
    },
    write(texts) {
      let root: unknown = {}
      for (const {
        path,
        texts: [wanted = ''],
      } of match)
        root = putAt(root, path, scalarOf(wanted))
      for (const [index, name] of [...layout.fields.keys()].entries()) {
        const text = texts.get(name)
        if (text !== undefined) root = putAt(root, paths[index] ?? [], scalarOf(text))
      }
      return textOf(new TextEncoder().encode(stringifyJson(root)))
    },
  }
}

/** Small devices print `nan` and `inf` where they have no value; JSON knows neither. */
function withoutNan(text: string): string {
  if (!bareWord.test(text)) return text
  return text.replaceAll(stringOrWord, found => (found.startsWith('"') ? found : 'null'))
}

/** A number or truth value where it is written as JSON writes it, else a text. */
function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  const number = parseWhole(text) ?? parseDecimal(text)
  return number !== undefined && String(number) === text ? number : text
}
