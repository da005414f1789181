import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { LocatedNode, MapEntry, Place, ScalarNode } from './node.ts'
import type { Problem } from './problem.ts'

/** Deepest nesting of maps and lists. */
export const maxDepth = 32
export const tooDeep = `maps and lists are nested deeper than ${maxDepth} levels`

const share = 'to share settings between devices write templates and use'

interface Walk {
  readonly place: (offset: number) => Place
  readonly problems: Problem[]
  /** Paths of what was refused and has no value now. */
  readonly lost: string[]
}

/** Turns the parser's nodes into ours, and says what of YAML is not used here. */
export function locateNodes(contents: unknown, place: (offset: number) => Place) {
  const walk: Walk = { place, problems: [], lost: [] }
  return { root: visit(walk, contents, [], place(0)), problems: walk.problems, lost: walk.lost }
}

function visit(walk: Walk, node: unknown, path: readonly string[], fallback: Place): LocatedNode {
  const place = placeOf(walk, node) ?? fallback
  const refuse = (message: string, fix?: string) =>
    walk.problems.push({ ...place, path: path.join('.'), message, ...(fix === undefined ? {} : { fix }) })
  const nothing: ScalarNode = { kind: 'scalar', place, value: null }

  if (isAlias(node)) {
    walk.lost.push(path.join('.'))
    refuse(
      `*${node.source} is an alias, and those are not used here`,
      `put a text that begins with * in "quotes"; ${share}`,
    )
    return nothing
  }
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return nothing
  if (node.anchor !== undefined) refuse(`&${node.anchor} is an anchor, and those are not used here`, share)
  if (node.tag !== undefined) refuse(`the tag ${shortTag(node.tag)} is not used here`, 'write the value without it')
  if (isScalar(node)) return { kind: 'scalar', place, value: scalarValue(node.value) }
  if (path.length >= maxDepth) {
    refuse(tooDeep)
    return nothing
  }
  if (isSeq(node)) {
    return {
      kind: 'list',
      place,
      items: node.items.map((item, index) => visit(walk, item, [...path, String(index)], place)),
    }
  }
  const entries = new Map<string, MapEntry>()
  for (const pair of node.items) {
    const keyPlace = placeOf(walk, pair.key) ?? place
    const name = keyName(pair.key)
    const problem = keyProblem(pair.key, name, entries)
    if (problem !== undefined) {
      walk.problems.push({ ...keyPlace, path: [...path, name].join('.'), ...problem })
      if (!entries.has(name)) walk.lost.push(path.join('.'))
      continue
    }
    entries.set(name, { key: keyPlace, node: visit(walk, pair.value, [...path, name], keyPlace) })
  }
  return { kind: 'map', place, entries }
}

function placeOf(walk: Walk, node: unknown): Place | undefined {
  if (!isAlias(node) && !isScalar(node) && !isMap(node) && !isSeq(node)) return undefined
  return node.range == null ? undefined : walk.place(node.range[0])
}

function keyName(key: unknown): string {
  if (!isScalar(key)) return ''
  return typeof key.value === 'string' ? key.value : String(scalarValue(key.value) ?? '')
}

function keyProblem(key: unknown, name: string, entries: ReadonlyMap<string, MapEntry>) {
  if (isAlias(key)) return { message: 'an alias can not be a key', fix: share }
  if (!isScalar(key)) return { message: 'a key must be a single word', fix: 'put a text with brackets in "quotes"' }
  if (key.anchor !== undefined)
    return { message: `&${key.anchor} is an anchor, and those are not used here`, fix: share }
  if (name === '<<') return { message: 'merging with << is not used here', fix: share }
  if (name === '__proto__') return { message: 'a key can not be called __proto__', fix: 'choose another name' }
  const first = entries.get(name)
  if (first === undefined) return undefined
  return { message: `${name} is already written in line ${first.key.line}`, fix: 'remove one of the two' }
}

function scalarValue(value: unknown): ScalarNode['value'] {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}

function shortTag(tag: string): string {
  return tag.replace(/^tag:yaml\.org,2002:/, '!!')
}
