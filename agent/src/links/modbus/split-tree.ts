import type { Barrier, ReadRequest } from '@lineside/device-profiles'
import type { Split } from './split.ts'

/**
 * What became of a request: `answered`; `refused` with all its parts; `mixed`: some parts can be read, or all of them and
 * only not together; `unknown`: it says nothing of what the device lets be read.
 */
type Verdict = 'answered' | 'refused' | 'mixed' | 'unknown'

interface Node {
  readonly request: ReadRequest
  readonly parent: Node | undefined
  verdict: Verdict | undefined
  split: Split | undefined
  children: readonly Node[]
}

/** What one pass through the requests of a turn has shown. */
export interface Shown {
  /** Reads that were refused although each part of them was answered. */
  readonly barriers: readonly Barrier[]
  /** Requests that were refused with all their parts, the largest such. */
  readonly refused: readonly ReadRequest[]
  /** Points of requests that were answered, or of which parts were. */
  readonly readable: readonly string[]
}

/** Requests that were split because they were refused, their parts, and what became of each. */
export class SplitTree {
  readonly #nodes = new Map<ReadRequest, Node>()

  /** The parts stand for the request from here on. */
  split(request: ReadRequest, split: Split): void {
    const node = this.#node(request)
    node.split = split
    node.children = split.parts.map(part => this.#add(part, node))
  }

  settle(request: ReadRequest, verdict: Verdict): void {
    this.#settle(this.#node(request), verdict)
  }

  shown(): Shown {
    const roots = [...this.#nodes.values()].filter(node => !node.parent)
    return {
      barriers: [...this.#nodes.values()].flatMap(barrierOf),
      refused: roots.flatMap(largestRefused),
      readable: roots.flatMap(({ verdict, request }) =>
        verdict === 'answered' || verdict === 'mixed' ? request.points : [],
      ),
    }
  }

  #settle(node: Node, verdict: Verdict): void {
    node.verdict = verdict
    const { parent } = node
    if (!parent) return
    const verdicts = parent.children.map(child => child.verdict)
    if (!verdicts.includes(undefined)) this.#settle(parent, joined(verdicts))
  }

  #node(request: ReadRequest): Node {
    return this.#nodes.get(request) ?? this.#add(request, undefined)
  }

  #add(request: ReadRequest, parent: Node | undefined): Node {
    const node: Node = { request, parent, verdict: undefined, split: undefined, children: [] }
    this.#nodes.set(request, node)
    return node
  }
}

/** A verdict on all parts is one on the whole, except that the whole was not answered. */
function joined(verdicts: readonly (Verdict | undefined)[]): Verdict {
  if (verdicts.includes('unknown')) return 'unknown'
  return verdicts.every(verdict => verdict === 'refused') ? 'refused' : 'mixed'
}

function barrierOf({ split, children }: Node): readonly Barrier[] {
  return split?.barrier && children.every(child => child.verdict === 'answered') ? [split.barrier] : []
}

function largestRefused(node: Node): readonly ReadRequest[] {
  return node.verdict === 'refused' ? [node.request] : node.children.flatMap(largestRefused)
}
