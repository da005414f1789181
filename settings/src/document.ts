import { childOf, type LocatedNode, type Place, plainValue } from './node.ts'

export type Path = readonly (string | number)[]

/** Plain data that remembers where each key and value was written, also across included files. */
export interface Document {
  /** The main file, as it was named. */
  readonly file: string
  /** Null-prototype maps, lists and scalars; integers beyond ±(2^53 − 1) are `bigint`. */
  readonly value: unknown
  readonly root: LocatedNode
  /** Place of the key or value at a path; of the nearest thing above it that is written where it isn't. */
  locate(path: readonly PropertyKey[], which?: 'key' | 'value'): Place
}

/** A document over a tree of located nodes, for instance one that was merged from several. */
export function documentOf(file: string, root: LocatedNode): Document {
  return {
    file,
    value: plainValue(root),
    root,
    locate(path, which = 'value') {
      let place = root.place
      let node = root
      for (const [index, step] of path.entries()) {
        const child = childOf(node, step)
        if (child === undefined) return place
        const last = index === path.length - 1
        place = last && which === 'value' ? child.node.place : child.key
        node = child.node
      }
      return place
    },
  }
}
