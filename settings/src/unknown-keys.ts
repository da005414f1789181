import { didYouMean } from './did-you-mean.ts'
import type { MapEntry, MapNode, ScalarNode } from './node.ts'

/** What a key that nobody knows was meant to be. */
export interface UnknownKey {
  readonly message: string
  readonly fix: string
  /** Key of the map that the sentence is about; the unknown one, unless another one was torn apart by it. */
  readonly key: string
  /** The key as it was meant, where the one that is written holds its value too. */
  readonly name?: string
  /** The map as it was meant: the key by its right name, or gone, so that all else can be judged. */
  readonly corrected: (map: MapNode) => MapNode
  /** Nothing is near it. */
  readonly isStrange: boolean
}

/** Keys, each with other words for it. */
type KnownWords = ReadonlyMap<string, readonly string[]>

const glued = /^([A-Za-z_]\w*)(\s*[:=]\s*|\s+)(\S.*)$/
const rest = /^\d+[a-zA-Z]{0,3}$/

/** Reads a key of `map` that is none of the known ones. */
export function readUnknownKey(map: MapNode, key: string, known: KnownWords): UnknownKey {
  return tornNumber(map, key) ?? gluedKey(map, key, known) ?? outdented(map, key, known) ?? misspelled(map, key, known)
}

function misspelled(map: MapNode, key: string, known: KnownWords): UnknownKey {
  const near = meantBy(map, key, known)
  const isFull = [...known.keys()].every(name => map.entries.has(name))
  const list = isFull ? 'remove it' : `known here: ${[...known.keys()].join(', ')}`
  return {
    key,
    message: `${key} is not a known key`,
    fix: near === undefined ? (key.includes(':') ? 'put a space behind the colon' : list) : `write ${near}`,
    corrected: written => renamed(written, key, near),
    isStrange: near === undefined,
  }
}

/** A key on the line below one that has no value was meant to be its value, and stands too far left. */
function outdented(map: MapNode, key: string, known: KnownWords): UnknownKey | undefined {
  const names = [...map.entries.keys()]
  const owner = names[names.indexOf(key) - 1] ?? ''
  const [above, entry] = [map.entries.get(owner), map.entries.get(key)]
  if (above === undefined || entry === undefined || !isNull(above) || meantBy(map, key, known) !== undefined)
    return undefined
  if (entry.node.kind !== 'map' || above.key.line >= entry.key.line) return undefined
  const place = entry.key
  return {
    key,
    message: `${key} stands beside ${owner}, which is empty`,
    fix: `begin it in column ${above.key.column + 2}, with all that belongs to it, to make it part of ${owner}`,
    corrected: written => {
      const entries = new Map(renamed(written, key).entries)
      entries.set(owner, { key: above.key, node: { kind: 'map', place, entries: new Map([[key, entry]]) } })
      return { ...written, entries }
    },
    isStrange: false,
  }
}

/** `{ unit_id:8 }`, `{ unit_id 8 }` and `{ unit_id=8 }` are keys without a value. */
function gluedKey(map: MapNode, key: string, known: KnownWords): UnknownKey | undefined {
  const [, word = '', between = '', value = ''] = glued.exec(key) ?? []
  if (word === '' || !isNull(map.entries.get(key))) return undefined
  const meant = meantBy(map, word, known)
  if (meant === undefined) return undefined
  return {
    key,
    name: meant,
    message: between.includes(':')
      ? `there is no space behind the colon of ${word}`
      : `there is no colon behind ${word}`,
    fix: `write ${meant}: ${/pass|token|secret|key/i.test(meant) ? '…' : value}`,
    corrected: written => renamed(written, key, meant, scalarOf(value)),
    isStrange: false,
  }
}

/** `{ limit: 6,5 }` is limit: 6 and a key called 5. */
function tornNumber(map: MapNode, key: string): UnknownKey | undefined {
  const names = [...map.entries.keys()]
  const before = names[names.indexOf(key) - 1] ?? ''
  const first = map.entries.get(before)?.node
  if (!rest.test(key) || !isNull(map.entries.get(key)) || first?.kind !== 'scalar') return undefined
  if (!/^-?\d+$/.test(String(first.value))) return undefined
  const whole = `${String(first.value)}.${key}`
  return {
    key: before,
    message: `${String(first.value)},${key} has a comma`,
    fix: `write ${before}: ${whole}`,
    corrected: written => renamed(renamed(written, key), before, before, scalarOf(whole)),
    isStrange: false,
  }
}

/** The key that a word stands for, if the map doesn't have it yet. */
function meantBy(map: MapNode, word: string, known: KnownWords): string | undefined {
  const free = [...known.keys()].filter(name => !map.entries.has(name))
  const plain = word.toLowerCase()
  return free.find(name => name === plain || known.get(name)?.includes(plain)) ?? didYouMean(word, free)
}

function isNull(entry: MapEntry | undefined): boolean {
  return entry?.node.kind === 'scalar' && entry.node.value === null
}

function scalarOf(text: string): ScalarNode['value'] {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text.replace(/^(["'])(.*)\1$/, '$2')
}

/** The map with a key under another name, and another value where one is given; without the key where there is no name. */
function renamed(map: MapNode, key: string, name?: string, value?: ScalarNode['value']): MapNode {
  const entries = [...map.entries].flatMap(([each, entry]): readonly (readonly [string, MapEntry])[] => {
    if (each !== key) return [[each, entry]]
    if (name === undefined || (name !== key && map.entries.has(name))) return []
    const { place } = entry.node
    return [[name, value === undefined ? entry : { ...entry, node: { kind: 'scalar', place, value } }]]
  })
  return { ...map, entries: new Map(entries) }
}
