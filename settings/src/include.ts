import { type Document, documentOf } from './document.ts'
import type { LocatedNode, MapEntry, MapNode } from './node.ts'
import { type Damage, parseDocument } from './parse.ts'
import { type Problem, problemAt } from './problem.ts'

/** Access to files, passed in. Paths are as written, joined to the folder of the main file. */
export interface Files {
  /** Text of a file, undefined where there is none. */
  read(path: string): string | undefined
  /** Paths that match a glob pattern, sorted. */
  list(pattern: string): readonly string[]
  /** Files that are read as if the main file included them, for what is to be judged before it is there. */
  readonly also?: readonly string[]
}

export interface Loaded {
  /** The main file with what it includes, merged. Absent where the main file can't be read. */
  readonly document?: Document
  readonly problems: readonly Problem[]
  /** What of it may not be as it was meant; absent: nothing. */
  readonly damage?: readonly Damage[]
}

/** Most files that one configuration includes. */
export const maxIncludes = 1000

/**
 * Reads a file and what its `include` names: the maps listed in `mergeable` are merged by name, and every value
 * keeps the place in the file where it was written. A name that is defined twice is a problem that names both places.
 */
export function loadDocument(path: string, files: Files, mergeable: readonly string[]): Loaded {
  const text = files.read(path)
  const start = { file: path, line: 1, column: 1, path: '' }
  if (text === undefined) return { problems: [{ ...start, message: 'the file does not exist or can not be read' }] }
  const main = parseDocument(path, text)
  if (main.document === undefined) return main
  const { root } = main.document
  if (root.kind !== 'map') return main

  const problems = [...main.problems]
  const damage = [...(main.damage ?? [])]
  const includes = includedPaths(main.document, files, problems)
  let merged = root
  for (const included of includes) {
    const parsed = parseDocument(included.path, included.text)
    problems.push(...parsed.problems)
    damage.push(...(parsed.damage ?? wholeOf(included.path, parsed.document)))
    if (parsed.document !== undefined) merged = mergeFile(merged, parsed.document, mergeable, path, problems)
  }
  return { document: documentOf(path, merged), problems, ...(damage.length > 0 && { damage }) }
}

/** A file of which nothing can be read: what others refer to may stand in it. */
function wholeOf(file: string, document: Document | undefined): readonly Damage[] {
  return document === undefined ? [{ file, path: '', isLost: true }] : []
}

interface Included {
  readonly path: string
  readonly text: string
}

function includedPaths(main: Document, files: Files, problems: Problem[]): readonly Included[] {
  if (main.root.kind !== 'map') return []
  const list = main.root.entries.get('include')?.node
  const seen = new Set([main.file])
  const found: Included[] = []
  for (const [index, item] of (list?.kind === 'list' ? list.items : []).entries()) {
    const refuse = (message: string) => problems.push(problemAt(main, ['include', index], message))
    if (item.kind !== 'scalar' || typeof item.value !== 'string') continue
    const pattern = resolvePath(main.file, item.value)
    for (const path of isGlob(pattern) ? files.list(pattern) : [pattern]) {
      if (seen.has(path)) continue
      seen.add(path)
      if (found.length >= maxIncludes) {
        refuse(`more than ${maxIncludes} files are included`)
        return found
      }
      const text = files.read(path)
      if (text === undefined) {
        const isFolder = files.list(`${path}/*.yaml`).length > 0
        refuse(
          isFolder
            ? `${path} is a folder; write ${item.value.replace(/\/+$/, '')}/*.yaml`
            : `${path} does not exist or can not be read; correct the path or remove it`,
        )
      } else found.push({ path, text })
    }
  }
  for (const path of files.also ?? []) {
    const text = seen.has(path) ? undefined : files.read(path)
    if (text !== undefined) found.push({ path, text })
  }
  return found
}

/** A path as it is written in a file, from the folder of that file. */
export function resolvePath(file: string, written: string): string {
  if (/^([/\\]|[A-Za-z]:[/\\])/.test(written)) return written
  const folder = file.slice(0, file.search(/[^/\\]*$/))
  return folder + written.replace(/^(\.\/)+/, '')
}

function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern)
}

function mergeFile(
  main: MapNode,
  included: Document,
  mergeable: readonly string[],
  mainFile: string,
  problems: Problem[],
): MapNode {
  const { root } = included
  if (root.kind === 'scalar' && root.value === null) return main
  if (root.kind !== 'map') {
    problems.push(problemAt(included, [], `the file is not a map; begin it with ${mergeable.join(', ')}`))
    return main
  }
  const entries = new Map(main.entries)
  for (const [key, entry] of root.entries) {
    if (!mergeable.includes(key)) {
      const fix = key === 'include' ? `name all files in ${mainFile}` : `move it to ${mainFile}`
      problems.push(problemAt(included, [key], `an included file holds only ${mergeable.join(', ')}`, fix, 'key'))
      continue
    }
    const existing = entries.get(key)
    entries.set(key, existing === undefined ? entry : mergeNames(existing, entry, included, key, problems))
  }
  return { ...main, entries }
}

function mergeNames(first: MapEntry, second: MapEntry, included: Document, key: string, problems: Problem[]): MapEntry {
  if (isNothing(second.node)) return first
  if (isNothing(first.node)) return second
  if (first.node.kind !== 'map') return first
  if (second.node.kind !== 'map') {
    problems.push(problemAt(included, [key], `${key} is not a map of names`, 'write name: { … } below it'))
    return first
  }
  const entries = new Map(first.node.entries)
  for (const [name, entry] of second.node.entries) {
    const other = entries.get(name)
    if (other === undefined) {
      entries.set(name, entry)
      continue
    }
    const { file, line, column } = other.key
    const message = `${name} is already defined at ${file}:${line}:${column}`
    problems.push(problemAt(included, [key, name], message, 'rename or remove one of the two', 'key'))
  }
  return { key: first.key, node: { ...first.node, entries } }
}

function isNothing(node: LocatedNode): boolean {
  return node.kind === 'scalar' && node.value === null
}
