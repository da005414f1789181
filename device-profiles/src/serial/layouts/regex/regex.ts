import type { RegexLayout } from '../../profile.ts'
import type { Layout } from '../layout.ts'
import { someByte } from './byte-set.ts'
import { parseRegex, type Regex } from './parse-regex.ts'

/** Fields of a pattern that was found to be unambiguous. */
export function regexLayout({ pattern }: RegexLayout): Layout {
  const parsed = parseRegex(pattern)
  if (!parsed.ok) throw new TypeError(parsed.problem)
  const { regex, fields, body } = parsed
  const whole = new RegExp(`^(?:${body})$`, 's')
  const read = (text: string): readonly (string | undefined)[] | 'other' => {
    const match = whole.exec(text)
    return match ? fields.map(name => match.groups?.[name]?.trim()) : 'other'
  }
  return {
    fields,
    sparse: true,
    read,
    write(texts) {
      const line = written(regex, texts)
      const back = read(line)
      if (back === 'other') return undefined
      return fields.every((name, at) => (texts.get(name) ?? '') === (back[at] ?? '')) ? line : undefined
    },
  }
}

function written(regex: Regex, texts: ReadonlyMap<string, string>): string {
  switch (regex.kind) {
    case 'bytes':
      return (someByte(regex.set) ?? '').repeat(regex.min)
    case 'field':
      return texts.get(regex.name) ?? ''
    case 'optional':
      return isGiven(regex.item, texts) ? written(regex.item, texts) : ''
    case 'choice': {
      const option = regex.options.find(one => isGiven(one, texts)) ?? regex.options[0]
      return option === undefined ? '' : written(option, texts)
    }
    case 'sequence':
      return regex.items.map(item => written(item, texts)).join('')
    default:
      return regex satisfies never
  }
}

/** Whether a text is there for one of its fields. */
function isGiven(regex: Regex, texts: ReadonlyMap<string, string>): boolean {
  if (regex.kind === 'field') return texts.has(regex.name)
  if (regex.kind === 'optional') return isGiven(regex.item, texts)
  if (regex.kind === 'bytes') return false
  return (regex.kind === 'choice' ? regex.options : regex.items).some(item => isGiven(item, texts))
}
