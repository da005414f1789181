import type { Params } from '../../values/point.ts'
import { fillParams } from '../../values/scaling.ts'
import type { ObisLayout } from '../profile.ts'
import { damaged, type Layout } from './layout.ts'

/** `0-1:24.2.1[1]`: an object's code, and which of its values; 0 where nothing is said. */
const place = /^([^[\]]+)(?:\[(\d{1,2})\])?$/
const dataLine = /^([0-9A-F.:*-]{1,30})((?:\([^()]*\))+)$/

interface Place {
  readonly code: string
  readonly index: number
}

/** The form of a place that a profile writes; undefined where it is none. */
export function parseObisPlace(text: string): Place | undefined {
  const match = place.exec(text)
  return match?.[1] === undefined ? undefined : { code: match[1], index: Number(match[2] ?? 0) }
}

/**
 * Data lines of IEC 62056-21, `1-0:1.8.1(000004.426*kWh)`, behind a line that names the meter. `proven`: a checksum says
 * that the message is whole; else a line that is no data line shows that it is damaged.
 */
export function obisLayout(layout: ObisLayout, params: Params, proven: boolean): Layout {
  const places = [...layout.fields].map(([name, text]) => ({ name, ...placeOf(fillParams(text, params)) }))
  const wanted = new Set(places.map(({ code }) => code))
  return {
    fields: [...layout.fields.keys()],
    sparse: true,
    unitMark: '*',
    read(text) {
      const found = new Map<string, string>()
      for (const line of dataLines(text)) {
        const match = dataLine.exec(line)
        if (!match) {
          if (proven) continue
          return damaged(`"${line}" is no data line`)
        }
        const code = (match[1] ?? '').replace(/\*255$/, '')
        const values = match[2] ?? ''
        if (!wanted.has(code)) continue
        if ((found.get(code) ?? values) !== values) return damaged(`${code} is there twice`)
        found.set(code, values)
      }
      const values = new Map([...found].map(([code, list]) => [code, list.slice(1, -1).split(')(')]))
      return places.map(({ code, index }) => values.get(code)?.[index]?.trim())
    },
    write(texts) {
      const lines = new Map<string, string[]>()
      for (const { name, code, index } of places) {
        const text = texts.get(name)
        if (text === undefined) continue
        if (/[()/!]/.test(text)) return undefined
        const values = lines.get(code) ?? []
        lines.set(code, values)
        values[index] = text
      }
      const data = [...lines].map(
        ([code, values]) => `${code}${Array.from(values, text => `(${text ?? ''})`).join('')}\r\n`,
      )
      return `${layout.meter}\r\n\r\n${data.join('')}`
    },
  }
}

/** Lines behind the first and the empty one; what begins with a bracket belongs to the line before it (older gas values). */
function dataLines(text: string): string[] {
  const lines: string[] = []
  for (const line of text.split(/\r?\n/).slice(1)) {
    const last = lines.at(-1)
    if (last !== undefined && line.startsWith('(')) lines[lines.length - 1] = last + line.trimEnd()
    else if (line.trim() !== '') lines.push(line.trimEnd())
  }
  return lines
}

function placeOf(text: string): Place {
  const parsed = parseObisPlace(text)
  if (parsed) return parsed
  throw new TypeError(`${text} is no place in a telegram`)
}
