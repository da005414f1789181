import type { PairsLayout } from '../profile.ts'
import { damaged, type Layout } from './layout.ts'

/** `T=23.4;H=45`: values by their key, in any order. */
export function pairsLayout({ between, is, fields, atLeast }: PairsLayout): Layout {
  const keys = [...fields.values()]
  return {
    fields: [...fields.keys()],
    sparse: true,
    read(text) {
      const parts = text.split(between).filter(part => part.trim() !== '')
      const pairs = parts.map(part => pairOf(part, is))
      const found = new Map<string, string>()
      for (const { key, value } of pairs.filter(pair => pair !== undefined)) {
        if (!keys.includes(key)) continue
        if (found.has(key)) return damaged(`${key} is there twice`)
        found.set(key, value)
      }
      if (found.size === 0) return 'other'
      const bare = parts.find((_, index) => pairs[index] === undefined)
      if (bare !== undefined) return damaged(`"${bare.trim()}" is no pair`)
      if (found.size < atLeast) return damaged(`it has ${found.size} of the ${fields.size} keys`)
      return keys.map(key => found.get(key))
    },
    write(texts) {
      const values = [...fields].map(([name, key]) => ({ key, value: texts.get(name) ?? '' }))
      if (values.some(({ value }) => value.includes(between))) return undefined
      return values.map(({ key, value }) => key + is + value).join(between)
    },
  }
}

function pairOf(part: string, is: string): { readonly key: string; readonly value: string } | undefined {
  const at = part.indexOf(is)
  const key = at === -1 ? '' : part.slice(0, at).trim()
  return key === '' ? undefined : { key, value: part.slice(at + is.length).trim() }
}
