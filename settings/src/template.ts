import { suggest } from './did-you-mean.ts'
import { type Document, documentOf } from './document.ts'
import type { LocatedNode, MapEntry, MapNode } from './node.ts'
import { type Problem, problemAt } from './problem.ts'

export interface Applied {
  /** `use` is gone from every entry; each key locates where it was written, in the entry or in its template. */
  readonly document: Document
  readonly problems: readonly Problem[]
  /** Names of entries whose `use` can't be followed. */
  readonly broken: readonly string[]
}

/**
 * Lays each entry of `into` over the template it names with `use`: maps are merged key by key and the entry wins,
 * lists and single values are replaced. A template can't use another one.
 */
export function applyTemplates(document: Document, templates = 'templates', into = 'devices'): Applied {
  const { root } = document
  const targets = root.kind === 'map' ? root.entries.get(into) : undefined
  if (root.kind !== 'map' || targets?.node.kind !== 'map') return { document, problems: [], broken: [] }
  const known = mapOf(root.entries.get(templates)?.node)
  const problems = templateProblems(document, templates, known)
  const broken: string[] = []
  const entries = new Map<string, MapEntry>()
  for (const [name, entry] of targets.node.entries) {
    const merged = applyTo(document, [into, name], entry.node, known, problems)
    if (merged.broken) broken.push(name)
    entries.set(name, { key: entry.key, node: merged.node })
  }
  const changed = new Map(root.entries).set(into, { key: targets.key, node: { ...targets.node, entries } })
  return { document: documentOf(document.file, { ...root, entries: changed }), problems, broken }
}

type Names = ReadonlyMap<string, MapEntry>

function mapOf(node: LocatedNode | undefined): Names {
  return node?.kind === 'map' ? node.entries : new Map()
}

function templateProblems(document: Document, templates: string, known: Names): Problem[] {
  return [...known].flatMap(([name, { node }]) => {
    if (node.kind !== 'map' || !node.entries.has('use')) return []
    const message = 'a template can not use another one'
    return [problemAt(document, [templates, name, 'use'], message, 'write out what both share', 'key')]
  })
}

function applyTo(
  document: Document,
  path: readonly string[],
  node: LocatedNode,
  known: Names,
  problems: Problem[],
): { node: LocatedNode; broken: boolean } {
  const use = node.kind === 'map' ? node.entries.get('use') : undefined
  if (node.kind !== 'map' || use === undefined) return { node, broken: false }
  const own = without(node, 'use')
  if (use.node.kind !== 'scalar' || typeof use.node.value !== 'string') {
    problems.push(problemAt(document, [...path, 'use'], 'use takes the name of one template'))
    return { node: own, broken: true }
  }
  const template = known.get(use.node.value)
  if (template === undefined) {
    const message = `there is no template ${use.node.value}`
    problems.push(problemAt(document, [...path, 'use'], message, suggest(use.node.value, [...known.keys()])))
    return { node: own, broken: true }
  }
  if (template.node.kind !== 'map') return { node: own, broken: false }
  return { node: overlay(without(template.node, 'use'), own), broken: false }
}

function without(map: MapNode, key: string): MapNode {
  if (!map.entries.has(key)) return map
  const entries = new Map(map.entries)
  entries.delete(key)
  return { ...map, entries }
}

function overlay(below: MapNode, above: MapNode): MapNode {
  const entries = new Map(below.entries)
  for (const [key, entry] of above.entries) {
    const under = below.entries.get(key)?.node
    const both = under?.kind === 'map' && entry.node.kind === 'map'
    entries.set(key, both ? { key: entry.key, node: overlay(under, entry.node) } : entry)
  }
  return { kind: 'map', place: above.place, entries }
}
