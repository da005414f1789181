import type { Document, LocatedNode } from '@lineside/settings'
import type { KeyOrder } from './key-order.ts'
import type { Remark } from './remark.ts'

/** Keys in another order than the library's. */
export function keyOrderProblems(document: Document, order: KeyOrder): Remark[] {
  const { root } = document
  if (root.kind !== 'map' || root.entries.has('extends')) return []
  const remarks = misplaced(root, order.profile, [])
  const points = root.entries.get('points')?.node
  if (points?.kind !== 'map') return remarks
  return [
    ...remarks,
    ...[...points.entries].flatMap(([name, { node }]) => misplaced(node, order.point, ['points', name])),
  ]
}

function misplaced(node: LocatedNode, order: readonly string[], path: readonly string[]): Remark[] {
  if (node.kind !== 'map') return []
  const keys = [...node.entries.keys()].filter(key => order.includes(key))
  const wanted = keys.toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
  const at = keys.findIndex((key, index) => key !== wanted[index])
  const [key, instead] = [keys[at], wanted[at]]
  if (key === undefined || instead === undefined) return []
  return [{ path: [...path, key], message: `${instead} stands in front of ${key} in every profile; move it there` }]
}
