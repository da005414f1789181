import type { Document, LocatedNode } from '@lineside/settings'
import type { Remark } from './remark.ts'

const profileKeys = [
  'profile',
  'extends',
  'vendor',
  'model',
  'description',
  'protocol',
  'serial',
  'topic',
  'silent_after',
  'limits',
  'identify',
  'sunspec',
  'addressing',
  'order',
  'not_available',
  'params',
  'requirements',
  'caveats',
  'sources',
  'framing',
  'checksum',
  'polls',
  'messages',
  'others',
  'points',
  'alarms',
  'tests',
]
const pointKeys = [
  'input',
  'holding',
  'coil',
  'discrete',
  'sunspec',
  'from',
  'type',
  'order',
  'fraction',
  'half',
  'bit',
  'bits',
  'of',
  'registers',
  'padding',
  'names',
  'scale',
  'scale_from',
  'offset',
  'transform',
  'unit',
  'decimals',
  'decimal_comma',
  'units',
  'range',
  'not_available',
  'every',
  'mergeable',
]

/** Keys in another order than the library's; keys that it doesn't know are passed over. */
export function keyOrderProblems(document: Document): Remark[] {
  const { root } = document
  if (root.kind !== 'map' || root.entries.has('extends')) return []
  const remarks = misplaced(root, profileKeys, [])
  const points = root.entries.get('points')?.node
  if (points?.kind !== 'map') return remarks
  return [
    ...remarks,
    ...[...points.entries].flatMap(([name, { node }]) => misplaced(node, pointKeys, ['points', name])),
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
