import { type Document, documentOf, type LocatedNode } from '@lineside/settings'
import { modbusTables } from './modbus/types.ts'

type MapNode = Extract<LocatedNode, { kind: 'map' }>

/** Belongs to one profile alone and is never taken over. */
const ownKeys = new Set(['profile', 'description', 'tests', 'extends'])
/** Of these keys a point has one: a new one replaces the old. */
const tableKeys: readonly string[] = modbusTables

/** `own` with what it doesn't say itself taken from `parent`: maps merged by key, all else replaced, null removes anything, `off` a map. */
export function extendDocument(parent: Document, own: Document): Document {
  if (parent.root.kind !== 'map' || own.root.kind !== 'map') return own
  const inherited = [...parent.root.entries].filter(([key]) => !ownKeys.has(key))
  return documentOf(own.file, mergeMaps({ ...parent.root, entries: new Map(inherited) }, own.root))
}

function mergeMaps(parent: MapNode, own: MapNode): MapNode {
  const entries = new Map(parent.entries)
  if (tableKeys.some(key => own.entries.has(key))) for (const key of tableKeys) entries.delete(key)
  for (const [key, entry] of own.entries) {
    const old = entries.get(key)?.node
    if (old && isRemoval(entry.node, old)) entries.delete(key)
    else if (old?.kind === 'map' && entry.node.kind === 'map')
      entries.set(key, { ...entry, node: mergeMaps(old, entry.node) })
    else entries.set(key, entry)
  }
  return { kind: 'map', place: own.place, entries }
}

function isRemoval(node: LocatedNode, old: LocatedNode): boolean {
  if (node.kind !== 'scalar') return false
  return node.value === null || (old.kind === 'map' && (node.value === 'off' || node.value === false))
}
