/** Where something is written; line and column are 1-based. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface MapEntry {
  /** Where the key is written. */
  readonly key: Place
  readonly node: LocatedNode
}

export interface MapNode {
  readonly kind: 'map'
  readonly place: Place
  readonly entries: ReadonlyMap<string, MapEntry>
}

export interface ListNode {
  readonly kind: 'list'
  readonly place: Place
  readonly items: readonly LocatedNode[]
}

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly place: Place
  /** `bigint` only for integers beyond ±(2^53 − 1). */
  readonly value: string | number | bigint | boolean | null
}

/** A YAML value in which every key and value knows the file, line and column where it was written. */
export type LocatedNode = MapNode | ListNode | ScalarNode

/** Plain data of a node. Maps have no prototype, so a key such as `constructor` finds nothing that wasn't written. */
export function plainValue(node: LocatedNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainValue)
  const value: Record<string, unknown> = Object.create(null)
  for (const [key, entry] of node.entries) value[key] = plainValue(entry.node)
  return value
}

/** What a node holds under one key or index. */
export function childOf(node: LocatedNode, step: PropertyKey): { key: Place; node: LocatedNode } | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))
  if (node.kind === 'list') {
    const item = node.items[Number(step)]
    return item === undefined ? undefined : { key: item.place, node: item }
  }
  return undefined
}

/** The node at a path, or undefined where nothing is written. */
export function nodeAt(root: LocatedNode, path: readonly PropertyKey[]): LocatedNode | undefined {
  let node: LocatedNode | undefined = root
  for (const step of path) {
    if (node === undefined) return undefined
    node = childOf(node, step)?.node
  }
  return node
}

/** The tree with another node at a path; as it is where nothing is written there. */
export function replaceAt(
  root: LocatedNode,
  path: readonly PropertyKey[],
  replace: (node: LocatedNode) => LocatedNode,
): LocatedNode {
  const [step, ...rest] = path
  if (step === undefined) return replace(root)
  if (root.kind === 'list') {
    const items = root.items.map((item, index) => (index === Number(step) ? replaceAt(item, rest, replace) : item))
    return { ...root, items }
  }
  const entry = root.kind === 'map' ? root.entries.get(String(step)) : undefined
  if (root.kind !== 'map' || entry === undefined) return root
  const entries = new Map(root.entries).set(String(step), { ...entry, node: replaceAt(entry.node, rest, replace) })
  return { ...root, entries }
}
